"""Facts of real executions on NoETL 4.12.0: playbook, answers of the workers, commands and events of the engine.

Ids, times, traces and metrics are left out, the loop's epoch is masked. `sees` is the command's `render_context`
without what is the same in all of them (`job`, the two ids, `workload`, which equals `ctx`, and an empty `output`).
"""

from __future__ import annotations

from typing import Any

# fmt: off
RECORDED: dict[str, dict[str, Any]] = {
 'hello_world': {
  'playbook': {
   'apiVersion': 'noetl.io/v2', 'kind': 'Playbook',
   'metadata': {'name': 'hello_world', 'path': 'fixtures/playbooks/hello_world'},
   'workload': {'message': 'Hello World'},
   'workflow': [
    {
     'step': 'start', 'desc': 'Start hello world test',
     'tool': {'kind': 'python', 'input': {}, 'code': 'result = {"status": "initialized"}\n'},
     'next': {'spec': {'mode': 'exclusive'}, 'arcs': [{'step': 'test_step'}]}},
    {
     'step': 'test_step', 'desc': 'Hello world test step',
     'tool': {
      'kind': 'python', 'input': {'message': '{{ message }}'},
      'code': 'print(f"HELLO_WORLD: {message}")\nresult = {"status": "ok", "data": {"message": message}}\n'},
     'next': {'spec': {'mode': 'exclusive'}, 'arcs': [{'step': 'end'}]}},
    {
     'step': 'end', 'desc': 'End hello world test',
     'tool': {'kind': 'python', 'input': {}, 'code': 'result = {"status": "complete"}\n'}}]},
  'answers': [
   (
    'call.done', 'start', None,
    {
     'result': {'status': 'COMPLETED', 'context': {'status': 'initialized'}},
     'response': {'status': 'initialized'}}),
   (
    'call.done', 'test_step', None,
    {
     'result': {'status': 'COMPLETED', 'context': {'status': 'ok'}},
     'response': {'data': {'message': 'Hello World'}, 'status': 'ok'}}),
   (
    'call.done', 'end', None,
    {'result': {'status': 'COMPLETED', 'context': {'status': 'complete'}}, 'response': {'status': 'complete'}})],
  'commands': [
   {
    'node': 'start', 'kind': 'python', 'next_mode': 'exclusive', 'input': {},
    'tool_config': {'code': 'result = {"status": "initialized"}\n', 'spec': None, 'input': {}, 'output': None},
    'meta': {'step': 'start', 'attempt': 1, 'tool_kind': 'python', 'actionable': True, 'max_attempts': 3},
    'sees': {
     'ctx': {'message': 'Hello World'}, 'iter': {}, 'event': {'name': 'command_creation', 'step': 'start'},
     'message': 'Hello World'}},
   {
    'node': 'test_step', 'kind': 'python', 'next_mode': 'exclusive', 'input': {},
    'tool_config': {
     'code': 'print(f"HELLO_WORLD: {message}")\nresult = {"status": "ok", "data": {"message": message}}\n',
     'spec': None, 'input': {'message': 'Hello World'}, 'output': None},
    'meta': {'step': 'test_step', 'tool_kind': 'python', 'actionable': True, 'triggered_by': 'call.done'},
    'sees': {
     'ctx': {'start': {'status': 'initialized', 'context': {'status': 'initialized'}}, 'message': 'Hello World'},
     'iter': {}, 'event': {'name': 'command_creation', 'step': 'test_step'},
     'start': {'status': 'initialized', 'context': {'status': 'initialized'}}, 'message': 'Hello World'}},
   {
    'node': 'end', 'kind': 'python', 'next_mode': 'exclusive', 'input': {},
    'tool_config': {'code': 'result = {"status": "complete"}\n', 'spec': None, 'input': {}, 'output': None},
    'meta': {'step': 'end', 'tool_kind': 'python', 'actionable': True, 'triggered_by': 'call.done'},
    'sees': {
     'ctx': {
      'message': 'Hello World',
      'test_step': {
       'data': {'message': 'Hello World'}, 'status': 'ok',
       'context': {'data': {'message': 'Hello World'}, 'status': 'ok'}}},
     'iter': {}, 'event': {'name': 'command_creation', 'step': 'end'},
     'start': {'status': 'initialized', 'context': {'status': 'initialized'}}, 'message': 'Hello World',
     'test_step': {
      'data': {'message': 'Hello World'}, 'status': 'ok',
      'context': {'data': {'message': 'Hello World'}, 'status': 'ok'}}}}],
  'events': [
   (
    'playbook.initialized', 'fixtures/playbooks/hello_world',
    {
     'error': None,
     'result': {'workload': {'message': 'Hello World'}, 'playbook_path': 'fixtures/playbooks/hello_world'},
     'status': 'initialized', 'final_step': None},
    None),
   (
    'workflow.initialized', 'workflow',
    {
     'error': None,
     'result': {
      'workload': {'message': 'Hello World'}, 'first_step': 'start',
      'playbook_path': 'fixtures/playbooks/hello_world'},
     'status': 'initialized', 'final_step': None},
    None),
   (
    'workflow.completed', 'workflow',
    {
     'error': None, 'result': {'status': 'COMPLETED', 'context': {'status': 'complete'}}, 'status': 'completed',
     'final_step': 'end'},
    {'status': 'COMPLETED', 'context': {'status': 'complete'}}),
   (
    'playbook.completed', 'fixtures/playbooks/hello_world',
    {
     'error': None, 'result': {'status': 'COMPLETED', 'context': {'status': 'complete'}}, 'status': 'completed',
     'final_step': 'end'},
    {'status': 'COMPLETED', 'context': {'status': 'complete'}})]},
 'loop_seq': {
  'playbook': {
   'apiVersion': 'noetl.io/v2', 'kind': 'Playbook', 'metadata': {'name': 'loop_seq', 'path': 'real/loop_seq'},
   'workload': {'numbers': [1, 2, 3]},
   'workflow': [
    {
     'step': 'start', 'loop': {'in': '{{ numbers }}', 'iterator': 'num', 'spec': {'mode': 'sequential'}},
     'tool': {'kind': 'python', 'input': {'n': '{{ iter.num }}'}, 'code': "result = {'d': int(n)*2}"},
     'next': {'spec': {'mode': 'exclusive'}, 'arcs': [{'step': 'end'}]}},
    {'step': 'end', 'tool': {'kind': 'python', 'input': {'r': '{{ start }}'}, 'code': "result = {'r': r}"}}]},
  'answers': [
   ('call.done', 'start', 0, {'result': {'status': 'COMPLETED', 'context': {'d': 2}}, 'response': {'d': 2}}),
   ('call.done', 'start', 1, {'result': {'status': 'COMPLETED', 'context': {'d': 4}}, 'response': {'d': 4}}),
   ('call.done', 'start', 2, {'result': {'status': 'COMPLETED', 'context': {'d': 6}}, 'response': {'d': 6}}),
   (
    'call.done', 'end', None,
    {
     'result': {'status': 'COMPLETED'},
     'response': {
      'r': {
       'stats': {'total': 3, 'failed': 0, 'success': 3},
       'context': {'stats': {'total': 3, 'failed': 0, 'success': 3}, 'results': [{'d': 6}]}, 'results': [{'d': 6}]}}})],
  'commands': [
   {
    'node': 'start', 'kind': 'python', 'next_mode': 'exclusive',
    'input': {'__loop_epoch_id': 'EPOCH', '__loop_claimed_index': 0, '__loop_collection_size': 3},
    'tool_config': {'code': "result = {'d': int(n)*2}", 'spec': None, 'input': {'n': 1}, 'output': None},
    'meta': {
     'step': 'start', 'attempt': 1, 'loop_step': 'start', 'tool_kind': 'python', 'actionable': True,
     'max_attempts': 3, 'loop_event_id': 'EPOCH', '__loop_epoch_id': 'EPOCH', 'loop_iteration_index': 0},
    'sees': {
     'ctx': {'num': 1, 'numbers': [1, 2, 3], 'loop_index': 0}, 'num': 1,
     'iter': {'num': 1, '_last': False, '_first': True, '_index': 0, 'loop_event_id': 'EPOCH'},
     'loop': {'done': False, 'first': True, 'index': 0, 'length': 0},
     'event': {'name': 'loop_init', 'step': 'start'}, 'numbers': [1, 2, 3], 'loop_index': 0}},
   {
    'node': 'start', 'kind': 'python', 'next_mode': 'exclusive',
    'input': {'__loop_epoch_id': 'EPOCH', '__loop_claimed_index': 1, '__loop_collection_size': 3},
    'tool_config': {'code': "result = {'d': int(n)*2}", 'spec': None, 'input': {'n': 2}, 'output': None},
    'meta': {
     'step': 'start', 'loop_step': 'start', 'tool_kind': 'python', 'actionable': True, 'triggered_by': 'call.done',
     'loop_event_id': 'EPOCH', '__loop_epoch_id': 'EPOCH', 'loop_iteration_index': 1},
    'sees': {
     'ctx': {'num': 2, 'start': {'d': 2, 'context': {'d': 2}}, 'numbers': [1, 2, 3], 'loop_index': 1}, 'num': 2,
     'iter': {'num': 2, '_last': False, '_first': False, '_index': 1, 'loop_event_id': 'EPOCH'},
     'loop': {'done': False, 'first': False, 'index': 1, 'length': 0},
     'event': {'name': 'loop_init', 'step': 'start'}, 'start': {'d': 2, 'context': {'d': 2}},
     'output': {
      'ref': None, 'data': {'d': 2, 'context': {'d': 2}}, 'error': None, 'status': 'ok', 'context': {'d': 2}},
     'numbers': [1, 2, 3], 'loop_index': 1}},
   {
    'node': 'start', 'kind': 'python', 'next_mode': 'exclusive',
    'input': {'__loop_epoch_id': 'EPOCH', '__loop_claimed_index': 2, '__loop_collection_size': 3},
    'tool_config': {'code': "result = {'d': int(n)*2}", 'spec': None, 'input': {'n': 3}, 'output': None},
    'meta': {
     'step': 'start', 'loop_step': 'start', 'tool_kind': 'python', 'actionable': True, 'triggered_by': 'call.done',
     'loop_event_id': 'EPOCH', '__loop_epoch_id': 'EPOCH', 'loop_iteration_index': 2},
    'sees': {
     'ctx': {'num': 3, 'start': {'d': 4, 'context': {'d': 4}}, 'numbers': [1, 2, 3], 'loop_index': 2}, 'num': 3,
     'iter': {'num': 3, '_last': True, '_first': False, '_index': 2, 'loop_event_id': 'EPOCH'},
     'loop': {'done': False, 'first': False, 'index': 2, 'length': 0},
     'event': {'name': 'loop_init', 'step': 'start'}, 'start': {'d': 4, 'context': {'d': 4}},
     'output': {
      'ref': None, 'data': {'d': 4, 'context': {'d': 4}}, 'error': None, 'status': 'ok', 'context': {'d': 4}},
     'numbers': [1, 2, 3], 'loop_index': 2}},
   {
    'node': 'end', 'kind': 'python', 'next_mode': 'exclusive', 'input': {},
    'tool_config': {
     'code': "result = {'r': r}", 'spec': None,
     'input': {
      'r': {
       'stats': {'total': 3, 'failed': 0, 'success': 3},
       'context': {'stats': {'total': 3, 'failed': 0, 'success': 3}, 'results': [{'d': 6}]}, 'results': [{'d': 6}]}},
     'output': None},
    'meta': {'step': 'end', 'tool_kind': 'python', 'actionable': True, 'triggered_by': 'call.done'},
    'sees': {
     'ctx': {
      'num': 3,
      'start': {
       'stats': {'total': 3, 'failed': 0, 'success': 3},
       'context': {'stats': {'total': 3, 'failed': 0, 'success': 3}, 'results': [{'d': 6}]}, 'results': [{'d': 6}]},
      'numbers': [1, 2, 3], 'loop_index': 2},
     'num': 3, 'iter': {}, 'event': {'name': 'command_creation', 'step': 'end'},
     'start': {
      'stats': {'total': 3, 'failed': 0, 'success': 3},
      'context': {'stats': {'total': 3, 'failed': 0, 'success': 3}, 'results': [{'d': 6}]}, 'results': [{'d': 6}]},
     'numbers': [1, 2, 3], 'loop_index': 2}}],
  'events': [
   (
    'playbook.initialized', 'real/loop_seq',
    {
     'error': None, 'result': {'workload': {'numbers': [1, 2, 3]}, 'playbook_path': 'real/loop_seq'},
     'status': 'initialized', 'final_step': None},
    None),
   (
    'workflow.initialized', 'workflow',
    {
     'error': None,
     'result': {'workload': {'numbers': [1, 2, 3]}, 'first_step': 'start', 'playbook_path': 'real/loop_seq'},
     'status': 'initialized', 'final_step': None},
    None),
   (
    'loop.done', 'start',
    {
     'result': {'stats': {'total': 3, 'failed': 0, 'success': 3}, 'results': [{'d': 6}]}, 'status': 'completed',
     'iterations': 3, 'loop_event_id': 'EPOCH'},
    None),
   (
    'workflow.completed', 'workflow',
    {'error': None, 'result': {'status': 'COMPLETED'}, 'status': 'completed', 'final_step': 'end'},
    {'status': 'COMPLETED'}),
   (
    'playbook.completed', 'real/loop_seq',
    {'error': None, 'result': {'status': 'COMPLETED'}, 'status': 'completed', 'final_step': 'end'},
    {'status': 'COMPLETED'})]},
 'loop_par': {
  'playbook': {
   'apiVersion': 'noetl.io/v2', 'kind': 'Playbook', 'metadata': {'name': 'loop_par', 'path': 'real/loop_par'},
   'workload': {'numbers': [1, 2, 3, 4]},
   'workflow': [
    {
     'step': 'start',
     'loop': {'in': '{{ numbers }}', 'iterator': 'num', 'spec': {'mode': 'parallel', 'max_in_flight': 2}},
     'tool': {'kind': 'python', 'input': {'n': '{{ iter.num }}'}, 'code': "result = {'d': int(n)*2}"},
     'next': {'spec': {'mode': 'exclusive'}, 'arcs': [{'step': 'end'}]}},
    {'step': 'end', 'tool': {'kind': 'python', 'input': {'r': '{{ start }}'}, 'code': "result = {'r': r}"}}]},
  'answers': [
   ('call.done', 'start', 1, {'result': {'status': 'COMPLETED', 'context': {'d': 4}}, 'response': {'d': 4}}),
   ('call.done', 'start', 0, {'result': {'status': 'COMPLETED', 'context': {'d': 2}}, 'response': {'d': 2}}),
   ('call.done', 'start', 2, {'result': {'status': 'COMPLETED', 'context': {'d': 6}}, 'response': {'d': 6}}),
   ('call.done', 'start', 3, {'result': {'status': 'COMPLETED', 'context': {'d': 8}}, 'response': {'d': 8}}),
   (
    'call.done', 'end', None,
    {
     'result': {'status': 'COMPLETED'},
     'response': {
      'r': {
       'stats': {'total': 4, 'failed': 0, 'success': 4},
       'context': {'stats': {'total': 4, 'failed': 0, 'success': 4}, 'results': [{'d': 8}]}, 'results': [{'d': 8}]}}})],
  'commands': [
   {
    'node': 'start', 'kind': 'python', 'next_mode': 'exclusive',
    'input': {'__loop_epoch_id': 'EPOCH', '__loop_claimed_index': 0, '__loop_collection_size': 4},
    'tool_config': {'code': "result = {'d': int(n)*2}", 'spec': None, 'input': {'n': 1}, 'output': None},
    'meta': {
     'step': 'start', 'attempt': 1, 'loop_step': 'start', 'tool_kind': 'python', 'actionable': True,
     'max_attempts': 3, 'loop_event_id': 'EPOCH', '__loop_epoch_id': 'EPOCH', 'loop_iteration_index': 0},
    'sees': {
     'ctx': {'num': 1, 'numbers': [1, 2, 3, 4], 'loop_index': 0}, 'num': 1,
     'iter': {'num': 1, '_last': False, '_first': True, '_index': 0, 'loop_event_id': 'EPOCH'},
     'loop': {'done': False, 'first': True, 'index': 0, 'length': 0},
     'event': {'name': 'loop_init', 'step': 'start'}, 'numbers': [1, 2, 3, 4], 'loop_index': 0}},
   {
    'node': 'start', 'kind': 'python', 'next_mode': 'exclusive',
    'input': {'__loop_epoch_id': 'EPOCH', '__loop_claimed_index': 1, '__loop_collection_size': 4},
    'tool_config': {'code': "result = {'d': int(n)*2}", 'spec': None, 'input': {'n': 2}, 'output': None},
    'meta': {
     'step': 'start', 'attempt': 1, 'loop_step': 'start', 'tool_kind': 'python', 'actionable': True,
     'max_attempts': 3, 'loop_event_id': 'EPOCH', '__loop_epoch_id': 'EPOCH', 'loop_iteration_index': 1},
    'sees': {
     'ctx': {'num': 2, 'numbers': [1, 2, 3, 4], 'loop_index': 1}, 'num': 2,
     'iter': {'num': 2, '_last': False, '_first': False, '_index': 1, 'loop_event_id': 'EPOCH'},
     'loop': {'done': False, 'first': False, 'index': 1, 'length': 0},
     'event': {'name': 'loop_init', 'step': 'start'}, 'numbers': [1, 2, 3, 4], 'loop_index': 1}},
   {
    'node': 'start', 'kind': 'python', 'next_mode': 'exclusive',
    'input': {'__loop_epoch_id': 'EPOCH', '__loop_claimed_index': 2, '__loop_collection_size': 4},
    'tool_config': {'code': "result = {'d': int(n)*2}", 'spec': None, 'input': {'n': 3}, 'output': None},
    'meta': {
     'step': 'start', 'loop_step': 'start', 'tool_kind': 'python', 'actionable': True, 'triggered_by': 'call.done',
     'loop_event_id': 'EPOCH', '__loop_epoch_id': 'EPOCH', 'loop_iteration_index': 2},
    'sees': {
     'ctx': {'num': 3, 'start': {'d': 4, 'context': {'d': 4}}, 'numbers': [1, 2, 3, 4], 'loop_index': 2}, 'num': 3,
     'iter': {'num': 3, '_last': False, '_first': False, '_index': 2, 'loop_event_id': 'EPOCH'},
     'loop': {'done': False, 'first': False, 'index': 2, 'length': 0},
     'event': {'name': 'loop_init', 'step': 'start'}, 'start': {'d': 4, 'context': {'d': 4}},
     'output': {
      'ref': None, 'data': {'d': 4, 'context': {'d': 4}}, 'error': None, 'status': 'ok', 'context': {'d': 4}},
     'numbers': [1, 2, 3, 4], 'loop_index': 2}},
   {
    'node': 'start', 'kind': 'python', 'next_mode': 'exclusive',
    'input': {'__loop_epoch_id': 'EPOCH', '__loop_claimed_index': 3, '__loop_collection_size': 4},
    'tool_config': {'code': "result = {'d': int(n)*2}", 'spec': None, 'input': {'n': 4}, 'output': None},
    'meta': {
     'step': 'start', 'loop_step': 'start', 'tool_kind': 'python', 'actionable': True, 'triggered_by': 'call.done',
     'loop_event_id': 'EPOCH', '__loop_epoch_id': 'EPOCH', 'loop_iteration_index': 3},
    'sees': {
     'ctx': {'num': 4, 'start': {'d': 2, 'context': {'d': 2}}, 'numbers': [1, 2, 3, 4], 'loop_index': 3}, 'num': 4,
     'iter': {'num': 4, '_last': True, '_first': False, '_index': 3, 'loop_event_id': 'EPOCH'},
     'loop': {'done': False, 'first': False, 'index': 3, 'length': 0},
     'event': {'name': 'loop_init', 'step': 'start'}, 'start': {'d': 2, 'context': {'d': 2}},
     'output': {
      'ref': None, 'data': {'d': 2, 'context': {'d': 2}}, 'error': None, 'status': 'ok', 'context': {'d': 2}},
     'numbers': [1, 2, 3, 4], 'loop_index': 3}},
   {
    'node': 'end', 'kind': 'python', 'next_mode': 'exclusive', 'input': {},
    'tool_config': {
     'code': "result = {'r': r}", 'spec': None,
     'input': {
      'r': {
       'stats': {'total': 4, 'failed': 0, 'success': 4},
       'context': {'stats': {'total': 4, 'failed': 0, 'success': 4}, 'results': [{'d': 8}]}, 'results': [{'d': 8}]}},
     'output': None},
    'meta': {'step': 'end', 'tool_kind': 'python', 'actionable': True, 'triggered_by': 'call.done'},
    'sees': {
     'ctx': {
      'num': 4,
      'start': {
       'stats': {'total': 4, 'failed': 0, 'success': 4},
       'context': {'stats': {'total': 4, 'failed': 0, 'success': 4}, 'results': [{'d': 8}]}, 'results': [{'d': 8}]},
      'numbers': [1, 2, 3, 4], 'loop_index': 3},
     'num': 4, 'iter': {}, 'event': {'name': 'command_creation', 'step': 'end'},
     'start': {
      'stats': {'total': 4, 'failed': 0, 'success': 4},
      'context': {'stats': {'total': 4, 'failed': 0, 'success': 4}, 'results': [{'d': 8}]}, 'results': [{'d': 8}]},
     'numbers': [1, 2, 3, 4], 'loop_index': 3}}],
  'events': [
   (
    'playbook.initialized', 'real/loop_par',
    {
     'error': None, 'result': {'workload': {'numbers': [1, 2, 3, 4]}, 'playbook_path': 'real/loop_par'},
     'status': 'initialized', 'final_step': None},
    None),
   (
    'workflow.initialized', 'workflow',
    {
     'error': None,
     'result': {'workload': {'numbers': [1, 2, 3, 4]}, 'first_step': 'start', 'playbook_path': 'real/loop_par'},
     'status': 'initialized', 'final_step': None},
    None),
   (
    'loop.done', 'start',
    {
     'result': {'stats': {'total': 4, 'failed': 0, 'success': 4}, 'results': [{'d': 8}]}, 'status': 'completed',
     'iterations': 5, 'loop_event_id': 'EPOCH'},
    None),
   (
    'workflow.completed', 'workflow',
    {'error': None, 'result': {'status': 'COMPLETED'}, 'status': 'completed', 'final_step': 'end'},
    {'status': 'COMPLETED'}),
   (
    'playbook.completed', 'real/loop_par',
    {'error': None, 'result': {'status': 'COMPLETED'}, 'status': 'completed', 'final_step': 'end'},
    {'status': 'COMPLETED'})]},
 'inclusive_fork': {
  'playbook': {
   'apiVersion': 'noetl.io/v2', 'kind': 'Playbook',
   'metadata': {'name': 'inclusive_fork', 'path': 'real/inclusive_fork'},
   'workflow': [
    {
     'step': 'start', 'tool': {'kind': 'python', 'code': "result = {'v': 1}"},
     'next': {'spec': {'mode': 'inclusive'}, 'arcs': [{'step': 'a'}, {'step': 'b'}]}},
    {'step': 'a', 'tool': {'kind': 'python', 'code': "import time; time.sleep(0.3); result = {'b': 'a'}"}},
    {'step': 'b', 'tool': {'kind': 'python', 'code': "import time; time.sleep(0.8); result = {'b': 'b'}"}}]},
  'answers': [
   ('call.done', 'start', None, {'result': {'status': 'COMPLETED', 'context': {'v': 1}}, 'response': {'v': 1}}),
   ('call.done', 'a', None, {'result': {'status': 'COMPLETED', 'context': {'b': 'a'}}, 'response': {'b': 'a'}}),
   ('call.done', 'b', None, {'result': {'status': 'COMPLETED', 'context': {'b': 'b'}}, 'response': {'b': 'b'}})],
  'commands': [
   {
    'node': 'start', 'kind': 'python', 'next_mode': 'inclusive', 'input': {},
    'tool_config': {'code': "result = {'v': 1}", 'spec': None, 'output': None},
    'meta': {'step': 'start', 'attempt': 1, 'tool_kind': 'python', 'actionable': True, 'max_attempts': 3},
    'sees': {'ctx': {}, 'iter': {}, 'event': {'name': 'command_creation', 'step': 'start'}}},
   {
    'node': 'a', 'kind': 'python', 'next_mode': 'exclusive', 'input': {},
    'tool_config': {'code': "import time; time.sleep(0.3); result = {'b': 'a'}", 'spec': None, 'output': None},
    'meta': {
     'step': 'a', 'tool_kind': 'python', 'actionable': True, 'triggered_by': 'call.done',
     'fanout_reduce': {
      'fanout_step': 'start', 'target_step': 'a', 'reduce_steps': [], 'target_index': 0,
      'fanout_targets': ['a', 'b'], 'planner_version': 1}},
    'sees': {
     'ctx': {'start': {'v': 1, 'context': {'v': 1}}}, 'iter': {},
     'event': {'name': 'command_creation', 'step': 'a'}, 'start': {'v': 1, 'context': {'v': 1}}}},
   {
    'node': 'b', 'kind': 'python', 'next_mode': 'exclusive', 'input': {},
    'tool_config': {'code': "import time; time.sleep(0.8); result = {'b': 'b'}", 'spec': None, 'output': None},
    'meta': {
     'step': 'b', 'tool_kind': 'python', 'actionable': True, 'triggered_by': 'call.done',
     'fanout_reduce': {
      'fanout_step': 'start', 'target_step': 'b', 'reduce_steps': [], 'target_index': 1,
      'fanout_targets': ['a', 'b'], 'planner_version': 1}},
    'sees': {
     'ctx': {'start': {'v': 1, 'context': {'v': 1}}}, 'iter': {},
     'event': {'name': 'command_creation', 'step': 'b'}, 'start': {'v': 1, 'context': {'v': 1}}}}],
  'events': [
   (
    'playbook.initialized', 'real/inclusive_fork',
    {
     'error': None, 'result': {'workload': {}, 'playbook_path': 'real/inclusive_fork'}, 'status': 'initialized',
     'final_step': None},
    None),
   (
    'workflow.initialized', 'workflow',
    {
     'error': None, 'result': {'workload': {}, 'first_step': 'start', 'playbook_path': 'real/inclusive_fork'},
     'status': 'initialized', 'final_step': None},
    None),
   (
    'workflow.completed', 'workflow',
    {
     'error': None, 'result': {'status': 'COMPLETED', 'context': {'b': 'b'}}, 'status': 'completed',
     'final_step': 'b'},
    {'status': 'COMPLETED', 'context': {'b': 'b'}}),
   (
    'playbook.completed', 'real/inclusive_fork',
    {
     'error': None, 'result': {'status': 'COMPLETED', 'context': {'b': 'b'}}, 'status': 'completed',
     'final_step': 'b'},
    {'status': 'COMPLETED', 'context': {'b': 'b'}})]},
 'python_raise': {
  'playbook': {
   'apiVersion': 'noetl.io/v2', 'kind': 'Playbook',
   'metadata': {'name': 'python_raise', 'path': 'real/python_raise'},
   'workflow': [
    {
     'step': 'start', 'tool': {'kind': 'python', 'code': "result = {'s': 0}"},
     'next': {'spec': {'mode': 'exclusive'}, 'arcs': [{'step': 'bad'}]}},
    {
     'step': 'bad', 'tool': {'kind': 'python', 'code': "raise RuntimeError('kaboom')"},
     'next': {'spec': {'mode': 'exclusive'}, 'arcs': [{'step': 'end'}]}},
    {'step': 'end', 'tool': {'kind': 'python', 'code': "result = {'s': 1}"}}]},
  'answers': [
   ('call.done', 'start', None, {'result': {'status': 'COMPLETED', 'context': {'s': 0}}, 'response': {'s': 0}}),
   (
    'call.error', 'bad', None,
    {'result': {'status': 'FAILED', 'context': {'error': 'kaboom', 'status': 'error'}}, 'error': 'kaboom'}),
   ('call.done', 'end', None, {'result': {'status': 'COMPLETED', 'context': {'s': 1}}, 'response': {'s': 1}})],
  'commands': [
   {
    'node': 'start', 'kind': 'python', 'next_mode': 'exclusive', 'input': {},
    'tool_config': {'code': "result = {'s': 0}", 'spec': None, 'output': None},
    'meta': {'step': 'start', 'attempt': 1, 'tool_kind': 'python', 'actionable': True, 'max_attempts': 3},
    'sees': {'ctx': {}, 'iter': {}, 'event': {'name': 'command_creation', 'step': 'start'}}},
   {
    'node': 'bad', 'kind': 'python', 'next_mode': 'exclusive', 'input': {},
    'tool_config': {'code': "raise RuntimeError('kaboom')", 'spec': None, 'output': None},
    'meta': {'step': 'bad', 'tool_kind': 'python', 'actionable': True, 'triggered_by': 'call.done'},
    'sees': {
     'ctx': {'start': {'s': 0, 'context': {'s': 0}}}, 'iter': {},
     'event': {'name': 'command_creation', 'step': 'bad'}, 'start': {'s': 0, 'context': {'s': 0}}}},
   {
    'node': 'end', 'kind': 'python', 'next_mode': 'exclusive', 'input': {},
    'tool_config': {'code': "result = {'s': 1}", 'spec': None, 'output': None},
    'meta': {'step': 'end', 'tool_kind': 'python', 'actionable': True, 'triggered_by': 'call.error'},
    'sees': {
     'ctx': {'start': {'s': 0, 'context': {'s': 0}}}, 'iter': {},
     'event': {'name': 'command_creation', 'step': 'end'}, 'start': {'s': 0, 'context': {'s': 0}}}}],
  'events': [
   (
    'playbook.initialized', 'real/python_raise',
    {
     'error': None, 'result': {'workload': {}, 'playbook_path': 'real/python_raise'}, 'status': 'initialized',
     'final_step': None},
    None),
   (
    'workflow.initialized', 'workflow',
    {
     'error': None, 'result': {'workload': {}, 'first_step': 'start', 'playbook_path': 'real/python_raise'},
     'status': 'initialized', 'final_step': None},
    None),
   (
    'workflow.failed', 'workflow',
    {
     'error': None, 'result': {'status': 'COMPLETED', 'context': {'s': 1}}, 'status': 'failed',
     'final_step': 'end'},
    {'status': 'COMPLETED', 'context': {'s': 1}}),
   (
    'playbook.failed', 'real/python_raise',
    {
     'error': None, 'result': {'status': 'COMPLETED', 'context': {'s': 1}}, 'status': 'failed',
     'final_step': 'end'},
    {'status': 'COMPLETED', 'context': {'s': 1}})]},
 'no_arc_matches': {
  'playbook': {
   'apiVersion': 'noetl.io/v2', 'kind': 'Playbook',
   'metadata': {'name': 'no_arc_matches', 'path': 'real/no_arc_matches'},
   'workflow': [
    {
     'step': 'start', 'tool': {'kind': 'python', 'code': "result = {'v': 1}"},
     'next': {'spec': {'mode': 'exclusive'}, 'arcs': [{'step': 'end', 'when': '{{ start.v > 3 }}'}]}},
    {'step': 'end', 'tool': {'kind': 'python', 'code': "result = {'s': 1}"}}]},
  'answers': [
   ('call.done', 'start', None, {'result': {'status': 'COMPLETED', 'context': {'v': 1}}, 'response': {'v': 1}})],
  'commands': [
   {
    'node': 'start', 'kind': 'python', 'next_mode': 'exclusive', 'input': {},
    'tool_config': {'code': "result = {'v': 1}", 'spec': None, 'output': None},
    'meta': {'step': 'start', 'attempt': 1, 'tool_kind': 'python', 'actionable': True, 'max_attempts': 3},
    'sees': {'ctx': {}, 'iter': {}, 'event': {'name': 'command_creation', 'step': 'start'}}}],
  'events': [
   (
    'playbook.initialized', 'real/no_arc_matches',
    {
     'error': None, 'result': {'workload': {}, 'playbook_path': 'real/no_arc_matches'}, 'status': 'initialized',
     'final_step': None},
    None),
   (
    'workflow.initialized', 'workflow',
    {
     'error': None, 'result': {'workload': {}, 'first_step': 'start', 'playbook_path': 'real/no_arc_matches'},
     'status': 'initialized', 'final_step': None},
    None)]},
 'postgres_auth': {
  'playbook': {
   'apiVersion': 'noetl.io/v2', 'kind': 'Playbook',
   'metadata': {'name': 'postgres_auth', 'path': 'real/postgres_auth'},
   'workflow': [
    {
     'step': 'start',
     'tool': {
      'kind': 'postgres', 'auth': 'pg_local',
      'command': ("create table if not exists public.t1(id int, v text); insert into public.t1 values (1,'x')"
       '; select * from public.t1 limit 3;')},
     'next': {'spec': {'mode': 'exclusive'}, 'arcs': [{'step': 'sel'}]}},
    {
     'step': 'sel', 'tool': {'kind': 'postgres', 'auth': 'pg_local', 'command': 'select 42 as answer, now() as t'},
     'next': {'spec': {'mode': 'exclusive'}, 'arcs': [{'step': 'end'}]}},
    {'step': 'end', 'tool': {'kind': 'python', 'input': {'s': '{{ sel }}'}, 'code': "result = {'s': s}"}}]},
  'answers': [
   (
    'call.done', 'start', None,
    {
     'result': {
      'status': 'COMPLETED',
      'context': {
       'rows': [{'v': 'x', 'id': 1}, {'v': 'x', 'id': 1}], 'status': 'success', 'columns': ['id', 'v'],
       'row_count': 2, 'statement_count': 3}},
     'response': {
      'rows': [{'v': 'x', 'id': 1}, {'v': 'x', 'id': 1}], 'status': 'success', 'columns': ['id', 'v'],
      'row_count': 2, 'statement_count': 3}}),
   (
    'call.done', 'sel', None,
    {
     'result': {
      'status': 'COMPLETED',
      'context': {
       'rows': [{'t': '2026-11-23T17:29:52.720902+00:00', 'answer': 42}], 'status': 'success',
       'columns': ['answer', 't'], 'row_count': 1, 'statement_count': 1}},
     'response': {
      'rows': [{'t': '2026-11-23T17:29:52.720902+00:00', 'answer': 42}], 'status': 'success',
      'columns': ['answer', 't'], 'row_count': 1, 'statement_count': 1}}),
   (
    'call.done', 'end', None,
    {
     'result': {
      'status': 'COMPLETED', 'context': {'s': {'status': 'success', 'row_count': 1, 'statement_count': 1}}},
     'response': {
      's': {
       'rows': [{'t': '2026-11-23T17:29:52.720902+00:00', 'answer': 42}], 'status': 'success',
       'columns': ['answer', 't'],
       'context': {
        'rows': [{'t': '2026-11-23T17:29:52.720902+00:00', 'answer': 42}], 'status': 'success',
        'columns': ['answer', 't'], 'row_count': 1, 'statement_count': 1},
       'row_count': 1, 'statement_count': 1}}})],
  'commands': [
   {
    'node': 'start', 'kind': 'postgres', 'next_mode': 'exclusive', 'input': {},
    'tool_config': {
     'auth': 'pg_local', 'spec': None, 'output': None,
     'command': ("create table if not exists public.t1(id int, v text); insert into public.t1 values (1,'x')"
      '; select * from public.t1 limit 3;')},
    'meta': {'step': 'start', 'attempt': 1, 'tool_kind': 'postgres', 'actionable': True, 'max_attempts': 3},
    'sees': {'ctx': {}, 'iter': {}, 'event': {'name': 'command_creation', 'step': 'start'}}},
   {
    'node': 'sel', 'kind': 'postgres', 'next_mode': 'exclusive', 'input': {},
    'tool_config': {'auth': 'pg_local', 'spec': None, 'output': None, 'command': 'select 42 as answer, now() as t'},
    'meta': {'step': 'sel', 'tool_kind': 'postgres', 'actionable': True, 'triggered_by': 'call.done'},
    'sees': {
     'ctx': {
      'start': {
       'rows': [{'v': 'x', 'id': 1}, {'v': 'x', 'id': 1}], 'status': 'success', 'columns': ['id', 'v'],
       'context': {
        'rows': [{'v': 'x', 'id': 1}, {'v': 'x', 'id': 1}], 'status': 'success', 'columns': ['id', 'v'],
        'row_count': 2, 'statement_count': 3},
       'row_count': 2, 'statement_count': 3}},
     'iter': {}, 'event': {'name': 'command_creation', 'step': 'sel'},
     'start': {
      'rows': [{'v': 'x', 'id': 1}, {'v': 'x', 'id': 1}], 'status': 'success', 'columns': ['id', 'v'],
      'context': {
       'rows': [{'v': 'x', 'id': 1}, {'v': 'x', 'id': 1}], 'status': 'success', 'columns': ['id', 'v'],
       'row_count': 2, 'statement_count': 3},
      'row_count': 2, 'statement_count': 3}}},
   {
    'node': 'end', 'kind': 'python', 'next_mode': 'exclusive', 'input': {},
    'tool_config': {
     'code': "result = {'s': s}", 'spec': None,
     'input': {
      's': {
       'rows': [{'t': '2026-11-23T17:29:52.720902+00:00', 'answer': 42}], 'status': 'success',
       'columns': ['answer', 't'],
       'context': {
        'rows': [{'t': '2026-11-23T17:29:52.720902+00:00', 'answer': 42}], 'status': 'success',
        'columns': ['answer', 't'], 'row_count': 1, 'statement_count': 1},
       'row_count': 1, 'statement_count': 1}},
     'output': None},
    'meta': {'step': 'end', 'tool_kind': 'python', 'actionable': True, 'triggered_by': 'call.done'},
    'sees': {
     'ctx': {
      'sel': {
       'rows': [{'t': '2026-11-23T17:29:52.720902+00:00', 'answer': 42}], 'status': 'success',
       'columns': ['answer', 't'],
       'context': {
        'rows': [{'t': '2026-11-23T17:29:52.720902+00:00', 'answer': 42}], 'status': 'success',
        'columns': ['answer', 't'], 'row_count': 1, 'statement_count': 1},
       'row_count': 1, 'statement_count': 1}},
     'sel': {
      'rows': [{'t': '2026-11-23T17:29:52.720902+00:00', 'answer': 42}], 'status': 'success',
      'columns': ['answer', 't'],
      'context': {
       'rows': [{'t': '2026-11-23T17:29:52.720902+00:00', 'answer': 42}], 'status': 'success',
       'columns': ['answer', 't'], 'row_count': 1, 'statement_count': 1},
      'row_count': 1, 'statement_count': 1},
     'iter': {}, 'event': {'name': 'command_creation', 'step': 'end'},
     'start': {
      'status': 'success',
      'context': {
       'rows': [{'v': 'x', 'id': 1}, {'v': 'x', 'id': 1}], 'status': 'success', 'columns': ['id', 'v'],
       'row_count': 2, 'statement_count': 3},
      'row_count': 2, 'statement_count': 3}}}],
  'events': [
   (
    'playbook.initialized', 'real/postgres_auth',
    {
     'error': None, 'result': {'workload': {}, 'playbook_path': 'real/postgres_auth'}, 'status': 'initialized',
     'final_step': None},
    None),
   (
    'workflow.initialized', 'workflow',
    {
     'error': None, 'result': {'workload': {}, 'first_step': 'start', 'playbook_path': 'real/postgres_auth'},
     'status': 'initialized', 'final_step': None},
    None),
   (
    'workflow.completed', 'workflow',
    {
     'error': None,
     'result': {
      'status': 'COMPLETED', 'context': {'s': {'status': 'success', 'row_count': 1, 'statement_count': 1}}},
     'status': 'completed', 'final_step': 'end'},
    {'status': 'COMPLETED', 'context': {'s': {'status': 'success', 'row_count': 1, 'statement_count': 1}}}),
   (
    'playbook.completed', 'real/postgres_auth',
    {
     'error': None,
     'result': {
      'status': 'COMPLETED', 'context': {'s': {'status': 'success', 'row_count': 1, 'statement_count': 1}}},
     'status': 'completed', 'final_step': 'end'},
    {'status': 'COMPLETED', 'context': {'s': {'status': 'success', 'row_count': 1, 'statement_count': 1}}})]},
 'task_sequence': {
  'playbook': {
   'apiVersion': 'noetl.io/v2', 'kind': 'Playbook',
   'metadata': {'name': 'task_sequence', 'path': 'real/task_sequence'},
   'workflow': [
    {
     'step': 'start',
     'tool': [
      {'name': 't1', 'kind': 'python', 'code': "result = {'a': 1}", 'set': {'ctx.a': '{{ output.data.a }}'}},
      {'name': 't2', 'kind': 'python', 'input': {'a': '{{ ctx.a }}'}, 'code': "result = {'b': int(a or 0)+1}"}],
     'next': {'spec': {'mode': 'exclusive'}, 'arcs': [{'step': 'end'}]}},
    {'step': 'end', 'tool': {'kind': 'python', 'input': {'s': '{{ start }}'}, 'code': "result = {'s': s}"}}]},
  'answers': [
   (
    'call.done', 'start:task_sequence', None,
    {
     'result': {'status': 'COMPLETED', 'context': {'_prev': {'b': 1}, 'status': 'ok'}},
     'response': {
      'b': 1, 'ctx': {}, '_prev': {'b': 1}, 'status': 'ok', 'results': {'t1': {'a': 1}, 't2': {'b': 1}}}}),
   (
    'call.done', 'end', None,
    {
     'result': {'status': 'COMPLETED', 'context': {'s': {'b': 1, 'status': 'ok'}}},
     'response': {
      's': {
       'b': 1, 'ctx': {}, '_prev': {'b': 1}, 'status': 'ok',
       'context': {
        'b': 1, 'ctx': {}, '_prev': {'b': 1}, 'status': 'ok', 'results': {'t1': {'a': 1}, 't2': {'b': 1}}},
       'results': {'t1': {'a': 1}, 't2': {'b': 1}}}}})],
  'commands': [
   {
    'node': 'start:task_sequence', 'kind': 'task_sequence', 'next_mode': 'exclusive', 'input': {},
    'tool_config': {
     'tasks': [
      {'set': {'ctx.a': '{{ output.data.a }}'}, 'code': "result = {'a': 1}", 'kind': 'python', 'name': 't1'},
      {'code': "result = {'b': int(a or 0)+1}", 'kind': 'python', 'name': 't2', 'input': {'a': '{{ ctx.a }}'}}]},
    'meta': {
     'step': 'start:task_sequence', 'attempt': 1, 'tool_kind': 'task_sequence', 'actionable': True,
     'parent_step': 'start', 'max_attempts': 3, 'task_sequence': True},
    'sees': {'ctx': {}, 'iter': {}, 'event': {'name': 'command_creation', 'step': 'start'}}},
   {
    'node': 'end', 'kind': 'python', 'next_mode': 'exclusive', 'input': {},
    'tool_config': {
     'code': "result = {'s': s}", 'spec': None,
     'input': {
      's': {
       'b': 1, 'ctx': {}, '_prev': {'b': 1}, 'status': 'ok',
       'context': {
        'b': 1, 'ctx': {}, '_prev': {'b': 1}, 'status': 'ok', 'results': {'t1': {'a': 1}, 't2': {'b': 1}}},
       'results': {'t1': {'a': 1}, 't2': {'b': 1}}}},
     'output': None},
    'meta': {'step': 'end', 'tool_kind': 'python', 'actionable': True, 'triggered_by': 'call.done'},
    'sees': {
     'ctx': {
      'start': {
       'b': 1, 'ctx': {}, '_prev': {'b': 1}, 'status': 'ok',
       'context': {
        'b': 1, 'ctx': {}, '_prev': {'b': 1}, 'status': 'ok', 'results': {'t1': {'a': 1}, 't2': {'b': 1}}},
       'results': {'t1': {'a': 1}, 't2': {'b': 1}}}},
     'iter': {}, 'event': {'name': 'command_creation', 'step': 'end'},
     'start': {
      'b': 1, 'ctx': {}, '_prev': {'b': 1}, 'status': 'ok',
      'context': {
       'b': 1, 'ctx': {}, '_prev': {'b': 1}, 'status': 'ok', 'results': {'t1': {'a': 1}, 't2': {'b': 1}}},
      'results': {'t1': {'a': 1}, 't2': {'b': 1}}}}}],
  'events': [
   (
    'playbook.initialized', 'real/task_sequence',
    {
     'error': None, 'result': {'workload': {}, 'playbook_path': 'real/task_sequence'}, 'status': 'initialized',
     'final_step': None},
    None),
   (
    'workflow.initialized', 'workflow',
    {
     'error': None, 'result': {'workload': {}, 'first_step': 'start', 'playbook_path': 'real/task_sequence'},
     'status': 'initialized', 'final_step': None},
    None),
   (
    'workflow.completed', 'workflow',
    {
     'error': None, 'result': {'status': 'COMPLETED', 'context': {'s': {'b': 1, 'status': 'ok'}}},
     'status': 'completed', 'final_step': 'end'},
    {'status': 'COMPLETED', 'context': {'s': {'b': 1, 'status': 'ok'}}}),
   (
    'playbook.completed', 'real/task_sequence',
    {
     'error': None, 'result': {'status': 'COMPLETED', 'context': {'s': {'b': 1, 'status': 'ok'}}},
     'status': 'completed', 'final_step': 'end'},
    {'status': 'COMPLETED', 'context': {'s': {'b': 1, 'status': 'ok'}}})]},
 'composition': {
  'playbook': {
   'apiVersion': 'noetl.io/v2', 'kind': 'Playbook',
   'metadata': {'name': 'composition', 'path': 'real/composition'},
   'workflow': [
    {
     'step': 'start', 'tool': {'kind': 'playbook', 'path': 'real/child', 'return_step': 'end', 'input': {'n': 7}},
     'next': {'spec': {'mode': 'exclusive'}, 'arcs': [{'step': 'end'}]}},
    {'step': 'end', 'tool': {'kind': 'python', 'input': {'s': '{{ start }}'}, 'code': "result = {'s': s}"}}]},
  'answers': [
   (
    'call.done', 'start', None,
    {
     'result': {
      'status': 'COMPLETED',
      'context': {'failed': False, 'completed': True, 'variables': {'n': 7}, 'execution_id': '766616391536345094'}},
     'response': {
      'failed': False, 'completed': True,
      'variables': {
       'n': 7, 'end': {'final': 49, 'context': {'final': 49}}, 'start': {'sq': 49, 'context': {'sq': 49}}},
      'execution_id': '766616391536345094'}}),
   (
    'call.done', 'end', None,
    {
     'result': {
      'status': 'COMPLETED',
      'context': {'s': {'failed': False, 'completed': True, 'execution_id': '766616391536345094'}}},
     'response': {
      's': {
       'failed': False,
       'context': {
        'failed': False, 'completed': True,
        'variables': {
         'n': 7, 'end': {'final': 49, 'context': {'final': 49}}, 'start': {'sq': 49, 'context': {'sq': 49}}},
        'execution_id': '766616391536345094'},
       'completed': True,
       'variables': {
        'n': 7, 'end': {'final': 49, 'context': {'final': 49}}, 'start': {'sq': 49, 'context': {'sq': 49}}},
       'execution_id': '766616391536345094'}}})],
  'commands': [
   {
    'node': 'start', 'kind': 'playbook', 'next_mode': 'exclusive', 'input': {},
    'tool_config': {'path': 'real/child', 'spec': None, 'input': {'n': 7}, 'output': None, 'return_step': 'end'},
    'meta': {'step': 'start', 'attempt': 1, 'tool_kind': 'playbook', 'actionable': True, 'max_attempts': 3},
    'sees': {'ctx': {}, 'iter': {}, 'event': {'name': 'command_creation', 'step': 'start'}}},
   {
    'node': 'end', 'kind': 'python', 'next_mode': 'exclusive', 'input': {},
    'tool_config': {
     'code': "result = {'s': s}", 'spec': None,
     'input': {
      's': {
       'failed': False,
       'context': {
        'failed': False, 'completed': True,
        'variables': {
         'n': 7, 'end': {'final': 49, 'context': {'final': 49}}, 'start': {'sq': 49, 'context': {'sq': 49}}},
        'execution_id': '766616391536345094'},
       'completed': True,
       'variables': {
        'n': 7, 'end': {'final': 49, 'context': {'final': 49}}, 'start': {'sq': 49, 'context': {'sq': 49}}},
       'execution_id': '766616391536345094'}},
     'output': None},
    'meta': {'step': 'end', 'tool_kind': 'python', 'actionable': True, 'triggered_by': 'call.done'},
    'sees': {
     'ctx': {
      'start': {
       'failed': False,
       'context': {
        'failed': False, 'completed': True,
        'variables': {
         'n': 7, 'end': {'final': 49, 'context': {'final': 49}}, 'start': {'sq': 49, 'context': {'sq': 49}}},
        'execution_id': '766616391536345094'},
       'completed': True,
       'variables': {
        'n': 7, 'end': {'final': 49, 'context': {'final': 49}}, 'start': {'sq': 49, 'context': {'sq': 49}}},
       'execution_id': '766616391536345094'}},
     'iter': {}, 'event': {'name': 'command_creation', 'step': 'end'},
     'start': {
      'failed': False,
      'context': {
       'failed': False, 'completed': True,
       'variables': {
        'n': 7, 'end': {'final': 49, 'context': {'final': 49}}, 'start': {'sq': 49, 'context': {'sq': 49}}},
       'execution_id': '766616391536345094'},
      'completed': True,
      'variables': {
       'n': 7, 'end': {'final': 49, 'context': {'final': 49}}, 'start': {'sq': 49, 'context': {'sq': 49}}},
      'execution_id': '766616391536345094'}}}],
  'events': [
   (
    'playbook.initialized', 'real/composition',
    {
     'error': None, 'result': {'workload': {}, 'playbook_path': 'real/composition'}, 'status': 'initialized',
     'final_step': None},
    None),
   (
    'workflow.initialized', 'workflow',
    {
     'error': None, 'result': {'workload': {}, 'first_step': 'start', 'playbook_path': 'real/composition'},
     'status': 'initialized', 'final_step': None},
    None),
   (
    'workflow.completed', 'workflow',
    {
     'error': None,
     'result': {
      'status': 'COMPLETED',
      'context': {'s': {'failed': False, 'completed': True, 'execution_id': '766616391536345094'}}},
     'status': 'completed', 'final_step': 'end'},
    {
     'status': 'COMPLETED',
     'context': {'s': {'failed': False, 'completed': True, 'execution_id': '766616391536345094'}}}),
   (
    'playbook.completed', 'real/composition',
    {
     'error': None,
     'result': {
      'status': 'COMPLETED',
      'context': {'s': {'failed': False, 'completed': True, 'execution_id': '766616391536345094'}}},
     'status': 'completed', 'final_step': 'end'},
    {
     'status': 'COMPLETED',
     'context': {'s': {'failed': False, 'completed': True, 'execution_id': '766616391536345094'}}})]}}
