/** For esbuild: ink pulls in its developer tools by a static import; nobody debugs a terminal with them in production. */
export const withoutDeveloperTools = {
  name: 'without-developer-tools',
  setup(build) {
    build.onResolve({ filter: /^react-devtools-core$/ }, () => ({ path: 'react-devtools-core', namespace: 'empty' }));
    build.onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: 'export default { initialize() {}, connectToDevTools() {} }' }));
  },
};
