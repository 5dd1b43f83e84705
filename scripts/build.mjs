// npm run build [-- --force]: installs Node packages when they are missing, compiles src/ to dist/ when it changed.
import { program } from './setup.mjs';
import { ensureBuild, ensureNodePackages } from './setup-node.mjs';

await program(async (args) => {
  await ensureNodePackages();
  await ensureBuild({ force: args.includes('--force') });
});
