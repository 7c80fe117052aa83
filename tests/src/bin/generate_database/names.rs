//! Names of modules, packages and people.

/// Who submits.
pub const OWNERS: [&str; 12] =
    ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy", "releng", "mbs-ci"];

/// Architectures; their ids count from 1.
pub const ARCHES: [&str; 6] = ["x86_64", "aarch64", "ppc64le", "s390x", "i686", "armv7hl"];

const MODULES: [&str; 60] = [
    "nodejs",
    "postgresql",
    "nginx",
    "ruby",
    "perl",
    "python36",
    "mariadb",
    "httpd",
    "redis",
    "container",
    "virt",
    "django",
    "stratis",
    "flatpak-runtime",
    "kubernetes",
    "mysql",
    "subversion",
    "varnish",
    "swig",
    "php",
    "go-toolset",
    "rust-toolset",
    "llvm-toolset",
    "maven",
    "ant",
    "javapackages",
    "eclipse",
    "scala",
    "gimp",
    "inkscape",
    "libselinux",
    "freeradius",
    "idm",
    "389-ds",
    "jmc",
    "satellite",
    "pki-core",
    "parfait",
    "log4j",
    "mailman",
    "squid",
    "memcached",
    "cassandra",
    "mongodb",
    "dotnet",
    "julia",
    "octave",
    "ghc",
    "haskell",
    "ocaml",
    "erlang",
    "elixir",
    "jenkins",
    "gitlab",
    "pagure",
    "bind",
    "dhcp",
    "samba",
    "cups",
    "avocado",
];
const MODULE_KINDS: [&str; 5] = ["", "-tools", "-extras", "-runtime", "-devel"];

/// Names of modules.
pub const MODULE_COUNT: u32 = 300;

/// A name of a module, by a number below [`MODULE_COUNT`].
pub fn module(number: u32) -> String {
    format!("{}{}", MODULES[number as usize % 60], MODULE_KINDS[number as usize / 60 % 5])
}

/// The streams of a module; the later the better.
pub fn streams(number: u32) -> [&'static str; 4] {
    match number % 4 {
        0 => ["8", "10", "12", "14"],
        1 => ["1.10", "1.14", "1.16", "mainline"],
        2 => ["9.6", "10", "11", "latest"],
        _ => ["rhel8", "f29", "2.4", "2.10"],
    }
}

const PACKAGES: [&str; 60] = [
    "jemalloc",
    "swig",
    "ocaml",
    "ruby",
    "skopeo",
    "scons",
    "ccache",
    "libvirt",
    "libguestfs",
    "etcd",
    "stratisd",
    "protobuf",
    "utf8proc",
    "hivex",
    "tangerine",
    "boost",
    "galera",
    "http-parser",
    "libserf",
    "asio",
    "Judy",
    "runc",
    "buildah",
    "podman",
    "conmon",
    "criu",
    "fuse-overlayfs",
    "slirp4netns",
    "udica",
    "crun",
    "libuv",
    "c-ares",
    "nghttp2",
    "mod_http2",
    "mod_ssl",
    "apr",
    "apr-util",
    "pcre2",
    "icu",
    "zlib-ng",
    "lz4",
    "zstd",
    "snappy",
    "leveldb",
    "rocksdb",
    "lmdb",
    "gdbm",
    "db4",
    "qemu-kvm",
    "seabios",
    "ipxe",
    "edk2",
    "spice",
    "usbredir",
    "libiscsi",
    "netcf",
    "augeas",
    "supermin",
    "nbdkit",
    "virt-v2v",
];
const PACKAGE_KINDS: [&str; 20] = [
    "", "-libs", "-compat", "-plugins", "-python", "-perl", "-ruby", "-java", "-docs", "-tests", "-data", "-common",
    "-cli", "-server", "-client", "-utils", "-extras", "-headers", "-static", "-macros",
];

/// Names of packages. Every seventh of them, beginning anywhere, gives as many different ones.
pub const PACKAGE_COUNT: u32 = 1200;

/// A name of a package, by a number of which only the rest by [`PACKAGE_COUNT`] counts.
pub fn package(number: u32) -> String {
    let number = (number % PACKAGE_COUNT) as usize;
    format!("{}{}", PACKAGES[number % 60], PACKAGE_KINDS[number / 60])
}
