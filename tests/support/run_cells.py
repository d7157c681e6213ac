"""Execute cells in one kernel through the server's API. Tests run this file inside a container.

run_cells.py JSON_LIST_OF_CELLS all [KERNEL]  prints the output of each cell as JSON, one per line
run_cells.py JSON_LIST_OF_CELLS busy [KERNEL [NOTEBOOK]]  returns as soon as the first cell runs
"""

import json
import sys
import urllib.request
import uuid

import websocket
from jupyter_server.serverapp import list_running_servers

server = next(iter(list_running_servers()))
api = f"127.0.0.1:{server['port']}{server['base_url']}api/"
headers = {"Authorization": "token " + server["token"]}


def call(method, path, body):
    request = urllib.request.Request("http://" + api + path, method=method, headers=headers, data=body)
    return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60).read()


kernel_name = sys.argv[3] if len(sys.argv) > 3 else "python3"
if len(sys.argv) > 4:
    session = {"path": sys.argv[4], "name": sys.argv[4], "type": "notebook", "kernel": {"name": kernel_name}}
    kernel = json.loads(call("POST", "sessions", json.dumps(session).encode()))["kernel"]["id"]
else:
    kernel = json.loads(call("POST", "kernels", json.dumps({"name": kernel_name}).encode()))["id"]
channel = websocket.create_connection(
    f"ws://{api}kernels/{kernel}/channels?session_id={kernel}",
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
call("DELETE", f"kernels/{kernel}", None)
