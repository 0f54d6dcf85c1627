// Inside the desk's frame, tells the desk what this page shows. Who may frame it, and so hear this, the answer's policy says.
if (window.parent !== window) {
  const { server, visits, user, moved, lost } = document.body.dataset;
  const report = { server, visits: Number(visits), user: user || null, moved: moved === "true", lost: lost === "true" };
  window.parent.postMessage({ kind: "visit", ...report }, "*");
}
