"""A Zope server with a DirectoryStorage and its toolkit, as far as the snapshot tool can tell (docs/formats/snapshot-conf.md).

argv: DIRECTORY ('-': none of this host) and JSON: user, password, behaviour, reply, code, certificate.
Says 'ready PORT' and what it is asked on standard output; does what is told on standard input.
"""
import base64, json, os, ssl, sys, threading, time
from xmlrpc.client import Fault
from xmlrpc.server import SimpleXMLRPCRequestHandler, SimpleXMLRPCServer
import zc.lockfile

directory, options = sys.argv[1], json.loads(sys.argv[2])
here = directory != '-'
misc = os.path.join(directory, 'misc')
snapshot = os.path.join(misc, 'snapshot')
state = {'code': options.get('code'), 'sublock': None}
behaviour = options.get('behaviour', 'normal')
authorization = 'Basic ' + base64.b64encode(
    ('%s:%s' % (options.get('user', 'backup'), options.get('password', 'geheim'))).encode()).decode()


def say(*words):
    print(*words, flush=True)


def lock_sublock():
    try:
        state['sublock'] = zc.lockfile.LockFile(os.path.join(misc, 'sublock'))
    except zc.lockfile.LockError:
        raise Fault(1, 'LockError: the sublock is held')


def write_snapshot(text):
    with open(snapshot, 'w') as f:
        f.write(text)


class Toolkit:
    def enterSnapshot(self, code):
        say('enter', code)
        if behaviour == 'fault':
            raise Fault(1, 'Unauthorized geheim <b>go away</b>')
        if behaviour == 'slow':
            time.sleep(options['seconds'])
        if state['code']:
            raise Fault(1, 'Can not enter snapshot mode: snapshot already in use by %r' % state['code'])
        state['code'] = 'user/' + code
        if here:
            write_snapshot(state['code'])
            state['sublock'].close()
        say('entered', code)
        return None

    def leaveSnapshot(self, code):
        say('leave', code)
        if state['code'] == 'user/' + code and here:
            lock_sublock()
        if state['code'] != 'user/' + code:
            raise Fault(1, 'bad code %r!=%r' % ('user/' + code, state['code']))
        if here and os.path.exists(snapshot):
            os.unlink(snapshot)
        state['code'] = None
        say('left', code)
        return None

    def currentSnapshotCode(self):
        say('current')
        return state['code']

    def isDirectorystorage(self):
        return 1


class Handler(SimpleXMLRPCRequestHandler):
    rpc_paths = ()

    def do_POST(self):
        body = self.rfile.peek()
        if behaviour == 'hang':
            say('hang')
            time.sleep(1000)
        if behaviour == 'redirect':
            return self.raw(302, b'', [('Location', options['location'])])
        if behaviour in ('doctype', 'huge', 'html', 'torn'):
            return self.raw(200, options['reply'].encode() * options.get('times', 1), [])
        if self.headers.get('Authorization') != authorization:
            say('unauthorized')
            return self.raw(401, b'', [('WWW-Authenticate', 'Basic realm="Zope"')])
        if behaviour in ('lose-enter', 'lose-leave') and behaviour[5:].encode() in body:
            length = int(self.headers['Content-Length'])
            self.server._marshaled_dispatch(self.rfile.read(length))
            self.close_connection = True
            return self.connection.close()
        super().do_POST()

    def raw(self, status, body, headers):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header('Content-Length', str(len(body) + (1 if behaviour == 'torn' else 0)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if here:
    lock = zc.lockfile.LockFile(os.path.join(misc, 'lock'))
    if options.get('code'):
        write_snapshot(options['code'])
    elif options.get('keep'):
        pass
    else:
        lock_sublock()
        if os.path.exists(snapshot):
            os.unlink(snapshot)

from socketserver import ThreadingMixIn


class Server(ThreadingMixIn, SimpleXMLRPCServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass


server = Server(('127.0.0.1', 0), Handler, allow_none=options.get('none', True), logRequests=False)
server.register_instance(Toolkit())
scheme = 'http'
if 'certificate' in options:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options['certificate'], options['key'])
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
threading.Thread(target=server.serve_forever, daemon=True).start()
say('ready', server.server_address[1])
for line in sys.stdin:
    order = line.strip()
    if order == 'take away':
        os.unlink(snapshot)
        state['code'] = None
    elif order == 'forget':
        state['code'] = None
    elif order.startswith('be '):
        state['code'] = order[3:]
    elif order == 'code':
        say('code is', state['code'])
    elif order == 'is locked':
        try:
            zc.lockfile.LockFile(os.path.join(misc, 'sublock')).close()
            say('sublock free')
        except zc.lockfile.LockError:
            say('sublock held')
    say('did', order)
