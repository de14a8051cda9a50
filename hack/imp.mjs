import { readFileSync } from 'node:fs';
const rss=()=>{const t=readFileSync('/proc/self/status','utf8');return /VmRSS:\s+(\d+)/.exec(t)[1]/1024|0};
console.log('bare',rss());
const t0=performance.now();
for (const m of process.argv.slice(2)) { await import(m); console.log(m, rss(), (performance.now()-t0|0)+'ms'); }
