import { test } from 'node:test';
import { assertContract, frameworks, serveFramework } from '../helpers/frameworks.ts';

for (const framework of frameworks) {
  test(`${framework.name} works`, async (t) => {
    const server = await serveFramework(t, framework);
    await assertContract(t, framework, server);
  });

  test(`${framework.name} works with threads behind wsgiref.validate, which finds no fault`, async (t) => {
    const server = await serveFramework(t, framework, { validated: true, args: ['--threads', '4'] });
    await assertContract(t, framework, server);
  });
}
