(function(){'use strict';
var run=document.documentElement.dataset.run,pre='dechaff:'+run+':';
function get(k){try{return localStorage.getItem(k)}catch(e){return null}}
function put(k,v){try{if(v===null)localStorage.removeItem(k);else localStorage.setItem(k,v)}catch(e){}}
function all(q,r){return Array.prototype.slice.call((r||document).querySelectorAll(q))}
var lang=get('dechaff:lang');
if(lang==='zh'||lang==='en')document.getElementById('l-'+lang).checked=true;
function speak(){document.documentElement.lang=document.getElementById('l-en').checked?'en':'zh-Hans'}
speak();
all('input[name=lang]').forEach(function(i){i.addEventListener('change',function(){put('dechaff:lang',i.value);speak()})});
all('.js,.verdict').forEach(function(e){e.hidden=false});
function show(box){var v=JSON.parse(get(pre+box.dataset.id)||'null');all('button',box).forEach(function(b){b.setAttribute('aria-pressed',String(!!v&&v.verdict===b.value))})}
function decide(box,value){var old=JSON.parse(get(pre+box.dataset.id)||'null');
 if(old&&old.verdict===value)put(pre+box.dataset.id,null);
 else{var r=JSON.parse(box.dataset.record);r.verdict=value;put(pre+box.dataset.id,JSON.stringify(r))}
 all('.verdict').forEach(show);count()}
function saved(){var out=[];try{for(var i=0;i<localStorage.length;i++){var k=localStorage.key(i);if(k.indexOf(pre)===0)out.push([k,localStorage.getItem(k)])}}catch(e){}
 out.sort(function(a,b){return a[0]<b[0]?-1:1});return out.map(function(p){return p[1]})}
function count(){all('.count').forEach(function(e){e.textContent=String(saved().length)})}
all('.verdict').forEach(function(box){show(box);all('button',box).forEach(function(b){b.addEventListener('click',function(){decide(box,b.value)})})});
count();
all('button.save').forEach(function(b){b.addEventListener('click',function(){
 var url=URL.createObjectURL(new Blob([saved().join('\n')+'\n'],{type:'application/x-ndjson'})),a=document.createElement('a');
 a.href=url;a.download='verdicts.jsonl';document.body.appendChild(a);a.click();a.remove();setTimeout(function(){URL.revokeObjectURL(url)},1000)})});
var at=-1;
function go(step){var stops=all('.stop');if(!stops.length)return;
 if(stops[at])stops[at].classList.remove('current');
 at=(at+step+stops.length)%stops.length;var s=stops[at];
 for(var p=s.parentElement;p;p=p.parentElement)if(p.tagName==='DETAILS')p.open=true;
 s.classList.add('current');s.scrollIntoView({block:'center'})}
all('button.next').forEach(function(b){b.addEventListener('click',function(){go(1)})});
all('button.prev').forEach(function(b){b.addEventListener('click',function(){go(-1)})});
all('button.folds').forEach(function(b){b.addEventListener('click',function(){var f=all('details.fold'),open=f.some(function(d){return !d.open});f.forEach(function(d){d.open=open})})});
var field=document.querySelector('input.filter');
if(field){
 var folders=all('table.list tbody').map(function(b){var name=b.rows[0].textContent;
  return{body:b,rows:all('tr',b).slice(1).map(function(r){return{row:r,path:(name+r.cells[0].textContent).toLowerCase()}})}});
 var filter=function(){var word=field.value.trim().toLowerCase(),found=0;
  folders.forEach(function(f){var before=found;
   f.rows.forEach(function(r){r.row.hidden=r.path.indexOf(word)<0;if(!r.row.hidden)found++});f.body.hidden=found===before});
  all('.found').forEach(function(e){e.textContent=String(found)});
  all('a.part').forEach(function(a){a.hash=word?'find='+encodeURIComponent(word):''})};
 if(location.hash.indexOf('#find=')===0)field.value=decodeURIComponent(location.hash.slice(6));
 field.addEventListener('input',filter);filter()}
function reveal(){var id=decodeURIComponent(location.hash.slice(1)),e=id&&document.getElementById(id);if(!e)return;
 for(var p=e.parentElement;p;p=p.parentElement)if(p.tagName==='DETAILS')p.open=true;e.scrollIntoView({block:'center'})}
window.addEventListener('hashchange',reveal);reveal();
document.addEventListener('keydown',function(e){
 if(e.ctrlKey||e.metaKey||e.altKey||/^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName))return;
 var stops=all('.stop'),box=(stops[at]&&stops[at].querySelector('.verdict'))||document.querySelector('.verdict');
 if(e.key==='n')go(1);else if(e.key==='p')go(-1);
 else if(box&&e.key==='1')decide(box,'right');else if(box&&e.key==='2')decide(box,'wrong');else if(box&&e.key==='3')decide(box,'unsure')});
})();
