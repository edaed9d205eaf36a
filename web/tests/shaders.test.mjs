// The shaders of the canvas, compiled by the browser as they lie in shaders/.
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

import { openSample } from './driver.mjs';
import { openPage } from './harness.mjs';

const folder = fileURLToPath(new URL('../../shaders', import.meta.url));

// { name: [vertex, fragment] }
async function readPrograms() {
  const programs = {};
  for (const file of (await readdir(folder)).sort()) {
    const { name, ext } = path.parse(file);
    assert.match(ext, /^\.(vert|frag)$/, file);
    programs[name] ??= [];
    programs[name][ext === '.vert' ? 0 : 1] = await readFile(path.join(folder, file), 'utf8');
  }
  return programs;
}

// What the browser says of each: '' if it compiles and links.
const compile = (page, programs) => page.evaluate((given) => {
  const gl = document.createElement('canvas').getContext('webgl2');
  const said = {};
  for (const [name, [vertex, fragment]] of Object.entries(given)) {
    const program = gl.createProgram();
    const logs = [];
    for (const [kind, source] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) logs.push(gl.getShaderInfoLog(shader));
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) logs.push(gl.getProgramInfoLog(program));
    said[name] = logs.join('\n');
  }
  return said;
}, programs);

test('every shader compiles and links, and one with a mistake does not', async (t) => {
  const { page, errors } = await openPage(t);
  const programs = await readPrograms();
  assert.deepEqual(Object.keys(programs), ['blocks', 'edges', 'heat']);
  for (const sources of Object.values(programs)) {
    assert.equal(sources.filter((source) => source.startsWith('#version 300 es\n')).length, 2);
  }
  const said = await compile(page, programs);
  for (const [name, log] of Object.entries(said)) assert.equal(log, '', name);
  const [vertex, fragment] = programs.blocks;
  const wrong = await compile(page, { wrong: [vertex, fragment.replace('v_half', 'v_quarter')] });
  assert.notEqual(wrong.wrong, '');
  assert.deepEqual(errors, []);
});

test('the trees are painted in a bounded number of calls', async (t) => {
  const { page, errors } = await openPage(t, {
    script: () => {
      globalThis.calls = 0;
      for (const name of ['drawElements', 'drawArrays', 'drawArraysInstanced', 'drawElementsInstanced']) {
        const call = WebGL2RenderingContext.prototype[name];
        WebGL2RenderingContext.prototype[name] = function counted(...given) {
          globalThis.calls += 1;
          return call.apply(this, given);
        };
      }
    },
  });
  await openSample(page);
  const calls = await page.evaluate(async () => {
    const { frames } = canopy.page;
    globalThis.calls = 0;
    canopy.page.wantFrames();
    await new Promise((done) => { setTimeout(done, 300); });
    return globalThis.calls / (canopy.page.frames - frames);
  });
  assert.ok(calls > 2, `${calls} calls a frame`);
  assert.ok(calls < 120, `${calls} calls a frame`);
  assert.deepEqual(errors, []);
});
