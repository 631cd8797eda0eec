import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { compress } from './build/compress.ts'
import { schemeScript } from './build/scheme-script.ts'

export default defineConfig({
  plugins: [react(), schemeScript(), compress()],
  resolve: { conditions: ['assay-source', 'module', 'browser', 'development|production'] },
  experimental: {
    // Chunks find each other relative to themselves; only the shell needs to know what stands before the path.
    renderBuiltUrl: (_, { hostType }) => (hostType === 'html' ? undefined : { relative: true }),
  },
  build: {
    target: 'es2022',
    manifest: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The test of the build holds each chunk to its own budget.
    chunkSizeWarningLimit: 1_000,
    rolldownOptions: {
      // The schemas of core are built by calls, which a bundler keeps unless it is told that they do nothing else.
      treeshake: { manualPureFunctions: ['z', 'contract', 'entry'] },
      output: { codeSplitting: { groups: [{ name: 'chart', test: /node_modules\/(echarts|zrender)\// }] } },
    },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8378', '/readyz': 'http://127.0.0.1:8378' } },
})
