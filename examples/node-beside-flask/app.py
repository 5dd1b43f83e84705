"""The Python half: a page that shows what the Node half streams."""

from flask import Flask

app = Flask(__name__)

PAGE = """<!doctype html>
<title>Flask and Node</title>
<h1>Hello from Flask</h1>
<p>The time, as Node tells it: <output id="time">...</output></p>
<script>
  const time = document.getElementById('time');
  new EventSource('/clock/').onmessage = (event) => { time.textContent = event.data; };
</script>
"""


@app.get("/")
def index():
    return PAGE
