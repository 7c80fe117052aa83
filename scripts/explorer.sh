#!/usr/bin/env bash
# Makes the files of the explorer page, server/src/graphql/explorer/*.gz, from the npm packages of tests/node/explorer: GraphiQL with
# React (both MIT; LICENSES beside them). They are kept in the repository, so that building needs neither npm nor the internet.
# Fonts are left out: the page uses those of the system.
set -euo pipefail
cd "$(dirname "$0")/.."

./scripts/node.sh explorer
modules=target/node/explorer/node_modules
into=server/src/graphql/explorer

{
    cat "$modules/react/umd/react.production.min.js"; echo
    cat "$modules/react-dom/umd/react-dom.production.min.js"; echo
    sed '/^\/\/# sourceMappingURL/d' "$modules/graphiql/graphiql.min.js"
} | gzip -9n > "$into/graphiql.js.gz"
sed -z -e 's/@font-face[^{]*{[^}]*}//g' -e 's,/\*# sourceMappingURL[^*]*\*/,,' "$modules/graphiql/graphiql.min.css" | gzip -9n > "$into/graphiql.css.gz"
for package in graphiql react; do
    echo "== $package =="
    cat "$modules/$package/LICENSE"
done > "$into/LICENSES"
ls -l "$into"
