/** The build: hashed assets and one index into the Python package, nothing inline, nothing from elsewhere. */
import { defineConfig } from "vite";

export default defineConfig({
  base: "/",
  esbuild: { jsx: "automatic", jsxImportSource: "preact", legalComments: "none" },
  build: {
    outDir: "../quantumflow/web/page",
    emptyOutDir: true,
    target: "es2023",
    assetsDir: "assets",
    // An inlined asset would be a data: address, and the page's policy allows none.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rollupOptions: {
      output: {
        manualChunks: { charts: ["lightweight-charts"], frame: ["preact", "preact/hooks", "@preact/signals"] },
      },
    },
  },
});
