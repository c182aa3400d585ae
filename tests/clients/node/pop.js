'use strict';
// The older generation: @alicloud/pop-core, which names actions by strings (RPC, V1 signatures).

const { RPCClient } = require('@alicloud/pop-core');
const { speak } = require('./speak');

const [address] = process.argv.slice(2);

async function call({ service, version, action, parameters, key }) {
  const client = new RPCClient({
    endpoint: address ? `http://${address}` : `https://${service}.aliyuncs.com`,
    apiVersion: version,
    accessKeyId: key.id,
    accessKeySecret: key.secret,
    securityToken: key.token,
  });
  return { ok: await client.request(action, parameters, { method: 'POST' }), door: 'generic' };
}

speak(call, (error) => error.entry && {
  code: error.code,
  status: error.entry.response.statusCode,
  message: error.data.Message,
  detail: error.data.AccessDeniedDetail,
});
