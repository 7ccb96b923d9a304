# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads the reports in a folder, each named after its format, as their readers would, and says what they refuse.

usage: read_formats.py FOLDER SCHEMA.json.gz; exit status 1 if something was refused."""
import gzip
import html.parser
import json
import os
import re
import sys

import jsonschema
import junitparser

folder, schema_path = sys.argv[1:]
complaints = 0


def complain(what):
    global complaints
    complaints += 1
    print(f"{folder}/{what}"[:400].encode("ascii", "backslashreplace").decode())


def text_of(name):
    with open(os.path.join(folder, name), "rb") as file:
        return file.read().decode("utf-8")  # strict


# C0 but line feed, DEL, C1, what turns text around or ends a line, no characters.
ACTS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffe\uffff]")
for name in os.listdir(folder):
    text = text_of(name)
    if name != "canonical":
        ACTS_HERE = re.compile(ACTS.pattern[:-1] + "\t]")
    else:
        ACTS_HERE = ACTS
    found = ACTS_HERE.search(text)
    if found:
        complain(f"{name}: {found.group()!r} in {text[max(0, found.start() - 40):found.end() + 20]!r}")


class Tags(html.parser.HTMLParser):
    """What of a rendered report is markup."""

    ours = set("h1 h2 p strong ul li code table thead tbody tr th td details summary".split())

    def handle_starttag(self, tag, attributes):
        if tag not in self.ours or attributes:
            complain(f"markdown: <{tag} {attributes}>")

    def handle_comment(self, data):
        if data != " ":
            complain(f"markdown: a comment {data!r}")

    def handle_data(self, data):
        if "**" in data or "|--" in data:
            complain(f"markdown: not rendered: {data!r}")


Tags().feed(text_of("rendered"))

for name in ("json", "sarif", "baseline"):
    json.loads(text_of(name))

with gzip.open(schema_path) as file:
    schema = json.load(file)
validator = jsonschema.validators.validator_for(schema)
validator.check_schema(schema)
log = json.loads(text_of("sarif"))
for error in validator(schema, format_checker=jsonschema.FormatChecker()).iter_errors(log):
    complain(f"sarif: {list(error.path)}: {error.message}")
# The schema can tell right from wrong.
log["runs"][0]["results"][0]["level"] = "fatal"
if not list(validator(schema).iter_errors(log)):
    complain("sarif: the schema takes anything")

# What GitHub's "SARIF support for code scanning" asks for beyond it.
run = json.loads(text_of("sarif"))["runs"][0]
rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
if len(set(rules)) != len(rules) or not run["results"]:
    complain("sarif: a rule twice, or no result")
for result in run["results"]:
    place = result["locations"][0]["physicalLocation"]
    uri = place["artifactLocation"]["uri"]
    if not re.fullmatch("x86/[a-z0-9]+/[A-Za-z0-9._~%-]+", uri) or place["region"]["startLine"] != 1:
        complain(f"sarif: no place in a repository: {place}")
    if rules[result["ruleIndex"]] != result["ruleId"]:
        complain(f"sarif: {result['ruleId']} is not rule {result['ruleIndex']}")
    if not re.fullmatch("[0-9a-f]{16}:1", result["partialFingerprints"]["primaryLocationLineHash"]):
        complain(f"sarif: no fingerprint: {result['partialFingerprints']}")
    if ACTS.search(json.dumps(result, ensure_ascii=False)):
        complain(f"sarif: acts once it is decoded: {result['message']}")
for rule in run["tool"]["driver"]["rules"]:
    if not all(rule[key]["text"] for key in ("shortDescription", "fullDescription", "help")):
        complain(f"sarif: rule {rule['id']} does not explain itself")

suites = junitparser.JUnitXml.fromfile(os.path.join(folder, "junit"))
cases = failures = 0
for suite in suites:
    told = suite.tests, suite.failures, suite.errors, suite.skipped
    suite.update_statistics()
    if told != (suite.tests, suite.failures, suite.errors, suite.skipped):
        complain(f"junit: {suite.name}: says {told}, and has {suite.tests} cases, {suite.failures} failures")
    cases += suite.tests
    failures += suite.failures
news = [result for result in run["results"] if result["baselineState"] != "unchanged"]
if cases != len(run["results"]) + len(list(suites)) or failures != len(news) or failures == 0:
    complain(f"junit: {cases} cases, {failures} failures; SARIF has {len(run['results'])} results, {len(news)} new")
document = json.loads(text_of("json"))
known = document["baseline"]
told = document["new"] if "new" in document else len(known["new"]) + len(known["opened"])
if told != len(news):
    complain(f"json: {told} new, {known}")
sys.exit(complaints > 0)
