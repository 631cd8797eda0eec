/** What Together asks; how to read it stands in `../price-list.ts`. */
export const togetherPrices = `
openai/gpt-oss-120b                              standard  .15 - - -   .6 131072 131072 lacks=images
moonshotai/Kimi-K2.5                             standard   .5 - - -  2.8 256000 256000 lacks=json_schema
openai/gpt-oss-20b                               economy   .05 - - -   .2 128000 128000 lacks=images
BAAI/bge-base-en-v1.5                            -        .008 - - -    0    512      - embeddings
Qwen/Qwen3-235B-A22B-Instruct-2507-tput          -          .2 - - -    6 262000 262000 lacks=images
Qwen/Qwen3-235B-A22B-Thinking-2507               -         .65 - - -    3 256000 256000 lacks=images
Qwen/Qwen3-235B-A22B-fp8-tput                    -          .2 - - -   .6  40000  40000 lacks=images,tools,json_schema
Qwen/Qwen3-Coder-480B-A35B-Instruct-FP8          -           2 - - -    2 256000 256000 lacks=images
deepseek-ai/DeepSeek-R1                          -           3 - - -    7 128000  20480 lacks=images
deepseek-ai/DeepSeek-R1-0528-tput                -         .55 - - - 2.19 128000 128000 lacks=images
deepseek-ai/DeepSeek-V3                          -        1.25 - - - 1.25  65536   8192 lacks=images
deepseek-ai/DeepSeek-V3.1                        -          .6 - - -  1.7 128000  16384 lacks=images,json_schema
meta-llama/Llama-3.3-70B-Instruct-Turbo,meta-llama/Meta-Llama-3.1-70B-Instruct-Turbo -         .88 - - -  .88 131072 131072 lacks=images
meta-llama/Llama-3.3-70B-Instruct-Turbo-Free     -           0 - - -    0 131072 131072 lacks=images
meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8 -         .27 - - -  .85 131072 131072 lacks=images
meta-llama/Llama-4-Scout-17B-16E-Instruct        -         .18 - - -  .59 131072 131072 lacks=images
meta-llama/Meta-Llama-3.1-405B-Instruct-Turbo    -         3.5 - - -  3.5 131072 131072 lacks=images
meta-llama/Meta-Llama-3.1-8B-Instruct-Turbo      -         .18 - - -  .18 131072 131072 lacks=images
mistralai/Mixtral-8x7B-Instruct-v0.1             -          .6 - - -   .6 131072 131072 lacks=images
moonshotai/Kimi-K2-Instruct                      -           1 - - -    3 131072 131072 lacks=images
zai-org/GLM-4.5-Air-FP8                          -          .2 - - -  1.1 128000 128000 lacks=images
zai-org/GLM-4.6                                  -          .6 - - -  2.2 200000 200000 lacks=images,json_schema
zai-org/GLM-4.7                                  -         .45 - - -    2 200000 200000 lacks=images,json_schema
moonshotai/Kimi-K2-Instruct-0905                 -           1 - - -    3 262144 262144 lacks=images,json_schema
Qwen/Qwen3-Next-80B-A3B-Instruct,Qwen/Qwen3-Next-80B-A3B-Thinking -         .15 - - -  1.5 262144 262144 lacks=images
Qwen/Qwen3.5-397B-A17B                           -          .6 - - -  3.6 262144 262144 lacks=images
`
