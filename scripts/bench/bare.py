"""What the service is compared with: `rpmbuild --rebuild` of the source packages that it made, as many at a time.

What a batch needs of earlier ones has to be installed for it. That is prepared before the clock runs: the packages of earlier
batches are unpacked, and laid over /usr and /etc by a read-only overlay in a mount namespace.
"""

import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

# Rebuilds one source package. As in the service, a package has a folder of its own, or it would overwrite files of another.
_REBUILD = """
set -eu
usr=$1 etc=$2 topdir=$3/$(basename "$4") srpm=$4
mkdir -p "$topdir"
if [ "$usr" != /usr ]; then
    mount -t overlay -o "ro,lowerdir=$usr" bench /usr
    mount -t overlay -o "ro,lowerdir=$etc" bench /etc
fi
if ! rpmbuild --rebuild --nodeps --define "_topdir $topdir" --define "debug_package %{nil}" "$srpm" >"$topdir.log" 2>&1; then
    echo "bench: bare rpmbuild of $(basename "$srpm") failed:" >&2
    tail -n 20 "$topdir.log" >&2
    exit 255
fi
"""


class Packages:
    """Source packages by batch, and for each batch a layer with the files of what was built in it."""

    def __init__(self, database, results, number):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="mbs-bench-bare-"))
        (self.folder / "rebuild").write_text(_REBUILD)
        connection = sqlite3.connect(database)
        ((tag,),) = connection.execute("SELECT koji_tag FROM module_builds WHERE id = ?", (number,))
        rows = connection.execute("SELECT batch, package FROM component_builds WHERE module_id = ? ORDER BY batch, id", (number,))
        self.batches = {}
        for batch, package in rows:
            for rpm in sorted((results / tag / "components" / package).glob("*/*.rpm")):
                self._add(batch, rpm)

    def _add(self, batch, rpm):
        sources, layer = self.folder / f"srpms/{batch}", self.folder / f"layers/{batch}"
        for folder in (sources, layer / "usr", layer / "etc"):
            folder.mkdir(parents=True, exist_ok=True)
        if rpm.name.endswith(".src.rpm"):
            self.batches.setdefault(batch, []).append(shutil.copy(rpm, sources))
            return
        unpack = 'rpm2cpio "$1" | cpio --quiet -idu'
        if subprocess.run(["sh", "-c", unpack, "sh", str(rpm)], cwd=layer).returncode:
            sys.exit(f"bench: cannot unpack {rpm.name}")

    def rebuild(self, at_a_time):
        """Rebuilds all batches, one after the other, so many packages at a time; the seconds that it took."""
        shutil.rmtree(self.folder / "bare", ignore_errors=True)
        start = time.monotonic()
        for batch, sources in self.batches.items():
            # The uppermost layer comes first.
            earlier = [self.folder / f"layers/{other}" for other in reversed(self.batches) if other < batch]
            usr = ":".join([*(f"{layer}/usr" for layer in earlier), "/usr"])
            etc = ":".join([*(f"{layer}/etc" for layer in earlier), "/etc"])
            command = ["xargs", "-0", "-n", "1", "-P", str(at_a_time), *_namespace()]
            command += ["sh", str(self.folder / "rebuild"), usr, etc, str(self.folder / "bare")]
            if subprocess.run(command, input="\0".join(map(str, sources)), text=True).returncode:
                sys.exit("bench: bare rpmbuild failed")
        return time.monotonic() - start

    def remove(self):
        """Removes the folder of the packages."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _namespace():
    """A mount namespace of its own, for ordinary users within a user namespace."""
    user = [] if os.geteuid() == 0 else ["--map-root-user"]
    return ["unshare", "--mount", *user, "--propagation", "private", "--"]
