# Runs in a mount namespace of its own, as root of it, in the folder that relative paths start from.
# Arguments: pid of the service, file for bwrap's status, folder to stage on,
#            any number of (overlay|bind, name, source), "--", command.
# A command that expects bwrap's status finds it open as descriptor 3.
set -eu
[ "$PPID" = "$1" ] || exit 70
# Where memory runs out, the kernel takes builds before anything else.
echo 1000 >/proc/self/oom_score_adj 2>/dev/null || true
exec 3>"$2"
stage=$3
shift 3
mount -t tmpfs -o mode=755,size=4M sandbox "$stage"
while [ "$1" != -- ]; do
    mkdir "$stage/$2"
    case $1 in
        overlay) mount -t overlay -o "ro,lowerdir=$3" sandbox "$stage/$2" ;;
        bind) mount --rbind "$3" "$stage/$2" ;;
    esac
    shift 3
done
shift
exec "$@"
