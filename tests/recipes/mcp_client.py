"""Run a cell as an assistant does: start an MCP server from its configuration, and call its tools.

mcp_client.py CONFIGURATION NOTEBOOK CODE  prints the output of CODE in a new cell of NOTEBOOK
"""

import asyncio
import json
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client


async def main(configuration, notebook, code):
    async with (
        stdio_client(StdioServerParameters(**configuration)) as (read, write),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        await session.call_tool(
            "use_notebook", {"notebook_name": "n", "notebook_path": notebook, "mode": "connect"}
        )
        cell = {"cell_index": -1, "cell_source": code}
        result = await session.call_tool("insert_execute_code_cell", cell)
        print(*[part.text for part in result.content])


asyncio.run(asyncio.wait_for(main(json.loads(sys.argv[1]), *sys.argv[2:]), 120))
