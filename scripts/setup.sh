#!/usr/bin/env bash
# Installs what is missing to run (`setup.sh run`), to test (`setup.sh test`) or to measure (`setup.sh bench`) the service, with
# apt or dnf. Says what it does; when nothing is missing it does nothing.
set -euo pipefail

what=${1:-run}

# command | Debian package | Fedora package
run_tools='
rpmbuild     | rpm          | rpm-build
createrepo_c | createrepo-c | createrepo_c
bwrap        | bubblewrap   | bubblewrap
unshare      | util-linux   | util-linux
cpio         | cpio         | cpio
git          | git          | git
cc           | gcc          | gcc
make         | make         | make
python3      | python3      | python3
curl         | curl         | curl
pkg-config   | pkg-config   | pkgconf-pkg-config
krb5-config  | libkrb5-dev  | krb5-devel
libclang     | libclang-dev | clang-devel
'
test_tools='
redis-server  | redis-server       | redis
krb5kdc       | krb5-kdc           | krb5-server
kadmin.local  | krb5-admin-server  | krb5-server
kinit         | krb5-user          | krb5-workstation
slapd         | slapd              | openldap-servers
ldapmodify    | ldap-utils         | openldap-clients
openssl       | openssl            | openssl
dnf           | dnf                | dnf
dnf-download  | dnf-plugins-core   | dnf-plugins-core
initdb        | postgresql         | postgresql-server
node          | nodejs             | nodejs
npm           | npm                | nodejs-npm
ensurepip     | python3-venv       | python3-pip
py-rpm        | python3-rpm        | python3-rpm
py-gssapi     | python3-gssapi     | python3-gssapi
py-cccolutils | python3-cccolutils | python3-cccolutils
'
bench_tools='
wrk          | wrk          | wrk
'

find_tool() {
    command -v "$1" >/dev/null 2>&1 && return 0
    case $1 in
        # A plug-in of dnf, not a command.
        dnf-download) compgen -G "/usr/lib/python3*/*-packages/dnf-plugins/download.py" >/dev/null ;;
        # Modules of the distribution's Python, for the environments that python.sh makes.
        ensurepip) /usr/bin/python3 -c "import ensurepip" 2>/dev/null ;;
        py-*) /usr/bin/python3 -c "import ${1#py-}" 2>/dev/null ;;
        # What bindgen reads the headers of Kerberos with.
        libclang) compgen -G "/usr/lib*/**/libclang.so*" >/dev/null || compgen -G "/usr/lib/llvm-*/lib/libclang.so*" >/dev/null ;;
        # Servers are not on everybody's PATH.
        krb5kdc | kadmin.local | slapd) [ -x "/usr/sbin/$1" ] || [ -x "/usr/libexec/openldap/$1" ] ;;
        # PostgreSQL's server tools are not on the PATH on Debian.
        *) compgen -G "/usr/lib/postgresql/*/bin/$1" >/dev/null ;;
    esac
}

missing() { # tools on standard input, column of the package as argument
    while IFS='|' read -r tool debian fedora; do
        tool=${tool// /}
        [ -n "$tool" ] || continue
        find_tool "$tool" && continue
        if [ "$1" = debian ]; then echo "${debian// /}"; else echo "${fedora// /}"; fi
    done | sort -u
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

if ! command -v cargo >/dev/null 2>&1; then
    echo "setup: Rust is missing; install it from https://rustup.rs and try again" >&2
    exit 1
fi

tools=$run_tools
case $what in
    test) tools+=$test_tools ;;
    bench) tools+=$test_tools$bench_tools ;;
esac

if command -v apt-get >/dev/null 2>&1; then family=debian; else family=fedora; fi
mapfile -t packages < <(missing "$family" <<<"$tools")
[ "${#packages[@]}" -eq 0 ] && exit 0

if command -v apt-get >/dev/null 2>&1; then
    echo "setup: installing with apt: ${packages[*]}"
    as_root apt-get update -q
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${packages[@]}"
elif command -v dnf >/dev/null 2>&1; then
    echo "setup: installing with dnf: ${packages[*]}"
    as_root dnf install -y "${packages[@]}"
else
    echo "setup: neither apt nor dnf is here; install these by hand: ${packages[*]}" >&2
    exit 1
fi
