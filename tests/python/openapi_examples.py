"""Checks an OpenAPI document: that every example in it is what its schema says. Prints what is not.

usage: openapi_examples.py FILE
"""

import json
import sys

import jsonschema_rs

with open(sys.argv[1], encoding="utf-8") as file:
    document = json.load(file)


def examples(media):
    if "example" in media:
        yield "example", media["example"]
    for name, example in media.get("examples", {}).items():
        yield name, example["value"]


def described(operation):
    """Everything with a schema: its name, schema and examples."""
    for parameter in operation.get("parameters", []):
        if "$ref" in parameter:
            continue
        yield parameter["name"], parameter["schema"], examples(parameter)
    bodies = {"body": operation.get("requestBody", {}), **operation["responses"]}
    for name, body in bodies.items():
        for content_type, media in body.get("content", {}).items():
            yield f"{name} {content_type}", media["schema"], examples(media)


checked = 0
wrong = []
for path, methods in document["paths"].items():
    for method, operation in methods.items():
        for name, schema, found in described(operation):
            # References within the document need the document around them.
            whole = {"components": document["components"], "allOf": [schema]}
            validator = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
            for label, example in found:
                checked += 1
                errors = [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(example)]
                wrong += [f"{method} {path}: {name}: {label}: {error}" for error in errors]

print("\n".join(wrong) or f"{checked} examples are right")
sys.exit(1 if wrong or not checked else 0)
