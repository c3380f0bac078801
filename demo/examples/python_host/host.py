"""Executes the steps that a Rust worker dispatches: one JSON document a line on the standard input, and one answer a line on
the standard output, in any order. Its spans are children of the worker's `step.execution`.
"""

import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

tracer = trace.get_tracer("handlers")
answering = threading.Lock()


class CardDeclined(Exception):
    pass


def charge_payment(payload):
    with tracer.start_as_current_span("gateway.authorize", kind=trace.SpanKind.CLIENT) as span:
        span.set_attribute("amount", payload["amount"])
        time.sleep(0.02)
        if payload.get("declined"):
            raise CardDeclined("the bank declined the card")


def count_orders(payload):
    with tracer.start_as_current_span("warehouse.query", kind=trace.SpanKind.CLIENT):
        time.sleep(0.01)


HANDLERS = {handler.__name__: handler for handler in (charge_payment, count_orders)}


def execute(event):
    # The default sampler follows the parent: in an unsampled step the host exports nothing.
    headers = {name: event[name] for name in ("traceparent", "tracestate") if event[name]}
    parent = TraceContextTextMapPropagator().extract(headers)
    answer = {"event_id": event["event_id"], "error": None}
    try:
        with tracer.start_as_current_span(event["handler"], context=parent):
            handler = HANDLERS[event["handler"]]
            handler(event["payload"])
    except Exception as error:
        answer["error"] = {"error_type": type(error).__name__, "message": str(error)}
    with answering:
        print(json.dumps(answer), flush=True)


def main():
    provider = TracerProvider(resource=Resource.create({"service.name": "python-host"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    with ThreadPoolExecutor() as threads:
        for line in sys.stdin:
            threads.submit(execute, json.loads(line))
    provider.shutdown()


if __name__ == "__main__":
    main()
