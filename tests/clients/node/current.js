'use strict';
// The current generation: @alicloud/ram20150501 and @alicloud/sts20150401 (ACS3 signatures).

const { $OpenApiUtil } = require('@alicloud/openapi-core');
const { RuntimeOptions } = require('@darabonba/typescript');
const { speak } = require('./speak');

const [address] = process.argv.slice(2);
const PLACE = address ? { endpoint: address, protocol: 'http' } : {};
const PRODUCTS = {
  ram: require('@alicloud/ram20150501'),
  sts: require('@alicloud/sts20150401'),
};

/// A model of the client with the fields of the wire; a field that it does not know is a fault.
function build(Model, fields) {
  const own = Object.fromEntries(Object.entries(Model.names()).map(([name, wire]) => [wire, name]));
  const values = Object.entries(fields).map(([wire, value]) => {
    const name = own[wire];
    if (name === undefined) throw new Error(`${Model.name} has no ${wire}`);
    const item = Model.types()[name].itemType;
    const nested = Array.isArray(value) && typeof item === 'function';
    return [name, nested ? value.map((each) => build(item, each)) : value];
  });
  return new Model(Object.fromEntries(values));
}

async function call({ service, version, action, parameters, key }) {
  const product = PRODUCTS[service];
  const client = new product.default(new $OpenApiUtil.Config({
    ...PLACE,
    regionId: 'cn-hangzhou',
    accessKeyId: key.id,
    accessKeySecret: key.secret,
    securityToken: key.token,
  }));
  const method = action[0].toLowerCase() + action.slice(1);
  if (client[method] === undefined) {
    const answer = await client.callApi(
      new $OpenApiUtil.Params({
        action, version, protocol: 'HTTPS', pathname: '/', method: 'POST', authType: 'AK',
        style: 'RPC', reqBodyType: 'formData', bodyType: 'json',
      }),
      new $OpenApiUtil.OpenApiRequest({ query: parameters }),
      new RuntimeOptions({}),
    );
    return { ok: answer.body, door: 'generic' };
  }
  const Request = product[`${action}Request`];
  const answer = await (Request ? client[method](build(Request, parameters)) : client[method]());
  return { ok: answer.body.toMap(), door: 'typed' };
}

speak(call, (error) => error.statusCode && {
  code: error.code,
  status: error.statusCode,
  message: error.message,
  detail: error.accessDeniedDetail,
});
