# Runs in a sandbox. /in holds RPMs in the order to install them, /base the database to start from (it may be empty).
# Fills /out/root with their files and /out/db with the database.
set -eu
umask 022
if [ "${FIRST:-}" = 1 ]; then
    mkdir -p /out/root/etc/rpm /out/root/var/tmp /out/root/var/lib /out/root/var/cache /out/root/var/log "/out/root$DATABASE"
    { grep -v '^[^:]*:[^:]*:1000:' /etc/passwd; echo "builder:x:1000:1000::$BUILD_HOME:/bin/sh"; } >/out/root/etc/passwd
    { grep -v '^[^:]*:[^:]*:1000:' /etc/group; echo builder:x:1000:; } >/out/root/etc/group
    echo "%_dbpath $DATABASE" >/out/root/etc/rpm/macros.buildroot
fi

# Small databases are changed in memory: RPM waits for the disk several times.
db=/out/db
if [ "$(du -sm /base | cut -f1)" -lt 24 ]; then
    db=/tmp/db
    mkdir $db
fi
cp -r --reflink=auto /base/. $db/

fail_if_full() {
    if grep -q 'No space left on device\|File too large' "$1"; then
        echo 'No space left on device' >&2
        exit 28
    fi
}

set -- /in/*.rpm
if [ -e "$1" ]; then
    for rpm; do
        rpm2cpio "$rpm" | (cd /out/root && cpio -idmu --quiet --no-absolute-filenames --no-preserve-owner) 2>>/tmp/errors || true
    done
    fail_if_full /tmp/errors
    rpm -U --justdb --nodeps --noscripts --notriggers --nosignature --oldpackage --replacepkgs --replacefiles \
        --ignorearch --ignoreos --ignoresize --noplugins --dbpath $db "$@" 2>/tmp/errors || {
        fail_if_full /tmp/errors
        cat /tmp/errors >&2
        exit 1
    }
elif [ ! -e $db/rpmdb.sqlite ] && [ ! -e $db/Packages ] && [ ! -e $db/Packages.db ]; then
    rpm --initdb --dbpath $db
fi
[ $db = /out/db ] || cp -r $db/. /out/db/

# Where the host has a link, e.g. /bin to /usr/bin, what was unpacked beside it belongs behind it.
for path in usr/bin usr/sbin usr/lib usr/lib64 bin sbin lib lib64; do
    if [ -L "/$path" ] && [ -d "/out/root/$path" ] && [ ! -L "/out/root/$path" ]; then
        target=/out/root$(readlink -m "/$path")
        mkdir -p "$target"
        cp -a --remove-destination "/out/root/$path/." "$target/"
        rm -rf "/out/root/${path:?}"
    fi
done
chmod -R u+rwX /out/root
find /out/root/usr/lib* /out/root/usr/local/lib* -name '*.so*' -print -quit 2>/dev/null || true
