"""A client of AWS that shares nothing with this project: Python's standard library and the published signing process.

Source of the signature: AWS General Reference, "Create a signed AWS API request" (Signature Version 4).
Prints one JSON document with what it found.
"""
import datetime
import hashlib
import hmac
import json
import os
import sys
import time
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ElementTree

ENDPOINT = os.environ["AWS_ENDPOINT_URL"]
REGION = os.environ["AWS_REGION"]


def keyed(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def call(service, method, path, body=b"", headers=None):
    host = urllib.parse.urlsplit(ENDPOINT).netloc
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    digest = hashlib.sha256(body).hexdigest()
    sent = {"host": host, "x-amz-date": now, "x-amz-content-sha256": digest, **(headers or {})}
    names = sorted(sent)
    canonical = "\n".join([method, path, "", *[f"{name}:{sent[name]}" for name in names], "", ";".join(names), digest])
    scope = f"{now[:8]}/{REGION}/{service}/aws4_request"
    to_sign = "\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + os.environ["AWS_SECRET_ACCESS_KEY"]).encode()
    for step in (now[:8], REGION, service, "aws4_request"):
        key = keyed(key, step)
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    sent["authorization"] = f"AWS4-HMAC-SHA256 Credential={os.environ['AWS_ACCESS_KEY_ID']}/{scope}, SignedHeaders={';'.join(names)}, Signature={signature}"
    request = urllib.request.Request(ENDPOINT + path, data=body if method != "GET" else None, method=method, headers=sent)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.read()


def operation(service, target, version, parameters):
    headers = {"content-type": f"application/x-amz-json-{version}", "x-amz-target": target}
    return json.loads(call(service, "POST", "/", json.dumps(parameters).encode(), headers) or b"{}")


def buckets():
    tree = ElementTree.fromstring(call("s3", "GET", "/"))
    return [name.text for name in tree.iter("{http://s3.amazonaws.com/doc/2006-03-01/}Name")]


def object_round_trip(bucket):
    path = f"/{bucket}/scratch/from-python.txt"
    call("s3", "PUT", path, "grüße\n".encode())
    return call("s3", "GET", path).decode()


def execution_round_trip():
    machine = operation("states", "AWSStepFunctions.ListStateMachines", "1.0", {})["stateMachines"][0]["stateMachineArn"]
    run = {"jobId": "0" * 32, "key": "input/absent.csv", "versionId": "none", "bytes": 1, "epoch": 1, "region": REGION, "attempt": 1}
    started = operation("states", "AWSStepFunctions.StartExecution", "1.0", {"stateMachineArn": machine, "name": "from-python", "input": json.dumps(run)})
    return operation("states", "AWSStepFunctions.DescribeExecution", "1.0", {"executionArn": started["executionArn"]})


def control_item():
    found = operation("dynamodb", "DynamoDB_20120810.Scan", "1.0", {"TableName": "batchctl-ledger", "ConsistentRead": True})
    return next(item for item in found["Items"] if "activeRegion" in item)


def metric_round_trip():
    def ask(action, parameters):
        return operation("monitoring", f"GraniteServiceVersion20100801.{action}", "1.0", parameters)

    now = int(time.time())
    ask("PutMetricData", {"Namespace": "FromPython", "MetricData": [{"MetricName": "answer", "Value": 42, "Unit": "Count"}]})
    # Metrics show after a while, as in reality.
    for _ in range(120):
        found = ask("GetMetricStatistics", {"Namespace": "FromPython", "MetricName": "answer", "StartTime": now - 3600, "EndTime": now + 3600, "Period": 60, "Statistics": ["Sum"]})
        if found["Datapoints"]:
            return found["Datapoints"][0]["Sum"]
        time.sleep(0.5)
    return None


json.dump({
    "python": sys.version.split()[0],
    "buckets": buckets(),
    "object": object_round_trip(buckets()[0]),
    "execution": execution_round_trip(),
    "control": control_item(),
    "metric": metric_round_trip(),
}, sys.stdout)
