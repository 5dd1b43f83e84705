import type { Effect, Row } from './effect.ts';
import type { Tool } from './translate.ts';

/** docs/reference/<tool>.md: what each option of another server means here. */
export function toolReference(tool: Tool): string {
  return [
    `# \`licorne ${tool.name}\``,
    '',
    `Made from the tables in \`src/compat/\` by \`npm run derive\`; change those, not this page.`,
    '',
    `\`licorne ${tool.name} ARGUMENTS\` takes the arguments of ${tool.name}. What they amount to is shown by \`licorne ${tool.name} ARGUMENTS --print-config\`:`,
    'a native file that means the same. An option that is not in the table is an error; one that is not honoured yet is an error or a warning that says so.',
    'Settings that are not given have the defaults of this server, not of the other one, unless the printed file says otherwise.',
    '',
    `| option of ${tool.name} | here |`,
    '|---|---|',
    ...tool.rows.map((row) => `| ${optionCell(row)} | ${escaped(effectWords(row.effect))} |`),
    '',
  ].join('\n');
}

function optionCell(row: Row): string {
  const names = row.names.map((name) => `\`${name}\``).join(' ');
  return names === '' ? `\`${row.setting ?? ''}\` (configuration file only)` : names;
}

function effectWords(effect: Effect): string {
  switch (effect.kind) {
    case 'set':
      return `[\`${effect.name}\`](settings.md#${effect.name})`;
    case 'all':
      return effect.effects.map(effectWords).join(', ');
    case 'keep':
      return effect.says;
    case 'request':
      return 'honoured';
    case 'accept':
      return `nothing to do: ${effect.why}`;
    case 'warn':
      return `a warning: ${effect.why}`;
    case 'later':
      return `not yet${effect.hint === null ? '' : `: ${effect.hint}`}`;
    case 'refuse':
      return `refused: ${effect.why}${effect.hint === null ? '' : `; ${effect.hint}`}`;
    case 'when':
      return 'depends on the value';
  }
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|');
}
