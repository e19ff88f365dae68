// The fastest peer: nginx with Lua, which tells Redis itself.
import { mkdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Debian } from './install.ts';
import { type Peer, startListening, TOKEN } from './peer.ts';

/**
 * One pipeline of PUBLISH and LPUSH for each hook, on pooled connections, and 202 when Redis has answered.
 * It does not: keep anything, tell a hook that comes twice, read the fields, keep the order within a call, tell agents;
 * the payload is the body as it came.
 * @see https://github.com/openresty/lua-nginx-module
 */
export const nginx = ({ root, libraries, env, versionOf }: Debian): Peer => ({
  name: `nginx ${versionOf('nginx')} with Lua`,
  hook: { method: 'POST', path: '/hooks/webitel' },
  start: async ({ port, redisPort, folder }) => {
    await mkdir(folder, { recursive: true });
    const file = join(folder, 'nginx.conf');
    await writeFile(file, configuration(root, libraries, port, redisPort));
    const args = ['-p', folder, '-c', file, '-e', 'stderr'];
    return startListening(port, join(root, 'usr/sbin/nginx'), args, { env });
  },
});

const configuration = (root: string, libraries: string, port: number, redisPort: number) => `
load_module ${root}/usr/lib/nginx/modules/ndk_http_module.so;
load_module ${root}/usr/lib/nginx/modules/ngx_http_lua_module.so;
daemon off;
user ${userInfo().username};
worker_processes auto;
pid nginx.pid;
error_log stderr crit;
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_requests 1000000000;
  client_body_buffer_size 256k;
  client_max_body_size 256k;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  lua_package_path '${root}/usr/share/lua/5.1/?.lua;;';
  lua_package_cpath '${libraries}/lua/5.1/?.so;;';
  init_by_lua_block { require 'nginx.redis' require 'cjson.safe' }
  server {
    listen 127.0.0.1:${port};
    location = /hooks/webitel {
      default_type application/json;
      content_by_lua_block {
        local function answer(status)
          ngx.status = status
          ngx.header.content_length = 0
          return ngx.exit(status)
        end
        if ngx.var.http_x_api_key ~= '${TOKEN}' then return answer(401) end
        ngx.req.read_body()
        local body = ngx.req.get_body_data()
        local hook = require('cjson.safe').decode(body or '')
        if type(hook) ~= 'table' then return answer(400) end
        local redis = require('nginx.redis'):new()
        redis:set_timeout(1000)
        if not redis:connect('127.0.0.1', ${redisPort}) then return answer(503) end
        redis:init_pipeline()
        redis:publish('enigma:notifications:queues:' .. tostring(hook.queue_id),
          '{"type":"' .. tostring(hook.state) .. '","payload":' .. body .. '}')
        if hook.state == 'leaving' and hook.channel == 'call' then
          redis:lpush('enigma:notifications:campaigns', '{"type":"cdr","payload":' .. body .. '}')
        end
        local replies = redis:commit_pipeline()
        if not replies then return answer(503) end
        for _, reply in ipairs(replies) do
          if type(reply) == 'table' and reply[1] == false then return answer(503) end
        end
        redis:set_keepalive(60000, 100)
        return answer(202)
      }
    }
  }
}
`;
