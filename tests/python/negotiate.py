"""Prints a SPNEGO token for a service (`HTTP@host`), by the ticket of whoever runs this: what a browser sends."""

import base64
import sys

import gssapi

name = gssapi.Name(sys.argv[1], gssapi.NameType.hostbased_service)
spnego = gssapi.OID.from_int_seq("1.3.6.1.5.5.2")
context = gssapi.SecurityContext(name=name, mech=spnego, usage="initiate", flags=gssapi.RequirementFlag.mutual_authentication)
print(base64.b64encode(context.step()).decode())
