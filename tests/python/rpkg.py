"""The command `rpkg`.

The package on PyPI has the client but no command to start it; distributions ship one of their own, such as fedpkg. This one
reads the configuration that the environment variable RPKG_CONF names, and is otherwise what they are.
"""

import configparser
import logging
import os
import sys

import pyrpkg
import pyrpkg.cli

config = configparser.ConfigParser()
with open(os.environ["RPKG_CONF"], encoding="utf-8") as file:
    config.read_file(file)
client = pyrpkg.cli.cliClient(config, name="rpkg")
client.do_imports()
client.parse_cmdline()
client.args.path = client.args.path or os.getcwd()
client.setupLogging(pyrpkg.log)
pyrpkg.log.setLevel(logging.INFO)
sys.exit(client.args.command())
