"""Execute cells in one kernel through the server's API. Tests run this file inside a container.

run_cells.py JSON_LIST_OF_CELLS all   prints the output of each cell as JSON, one per line
run_cells.py JSON_LIST_OF_CELLS busy  returns as soon as the first cell runs
"""

import json
import sys
import urllib.request
import uuid

import websocket
from jupyter_server.serverapp import list_running_servers

server = next(iter(list_running_servers()))
base = f"127.0.0.1:{server['port']}{server['base_url']}api/kernels"
headers = {"Authorization": "token " + server["token"]}


def call(method, path="", body=None):
    request = urllib.request.Request("http://" + base + path, method=method, headers=headers, data=body)
    return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60).read()


kernel = json.loads(call("POST", body=b"{}"))["id"]
channel = websocket.create_connection(
    f"ws://{base}/{kernel}/channels?session_id={kernel}",
    header=headers,
    timeout=120,
    http_no_proxy=["127.0.0.1"],
)
for code in json.loads(sys.argv[1]):
    request_id = uuid.uuid4().hex
    header = {
        "msg_id": request_id,
        "msg_type": "execute_request",
        "username": "test",
        "session": request_id,
        "version": "5.3",
    }
    content = {"code": code, "silent": False}
    message = {
        "header": header,
        "parent_header": {},
        "metadata": {},
        "channel": "shell",
        "content": content,
    }
    channel.send(json.dumps(message))
    if sys.argv[2] == "busy":
        while True:
            message = json.loads(channel.recv())
            is_ours = message["parent_header"].get("msg_id") == request_id
            if is_ours and message["content"].get("execution_state") == "busy":
                sys.exit()
    text, done = "", set()
    while done != {"idle", "reply"}:
        message = json.loads(channel.recv())
        if message["parent_header"].get("msg_id") != request_id:
            continue
        content = message["content"]
        if message["msg_type"] == "stream":
            text += content["text"]
        if message["msg_type"] == "execute_result":
            text += content["data"]["text/plain"]
        if message["msg_type"] == "error":
            text += content["ename"] + ": " + content["evalue"]
        if content.get("execution_state") == "idle":
            done.add("idle")
        if message["msg_type"] == "execute_reply":
            done.add("reply")
    print(json.dumps(text.strip()))
channel.close()
call("DELETE", "/" + kernel)
