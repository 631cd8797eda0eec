import { z } from 'zod'
import { builtInPlugin, builtInTool } from './built-in.ts'

const Entity = z.object({ name: z.string(), entityType: z.string(), observations: z.array(z.string()) })
const Relation = z.object({ from: z.string(), to: z.string(), relationType: z.string() })
type Graph = { entities: z.infer<typeof Entity>[]; relations: z.infer<typeof Relation>[] }

const Entities = z.array(Entity).min(1).max(1_000)
const Relations = z.array(Relation).min(1).max(1_000)
const Names = z.array(z.string()).min(1).max(1_000)

/** A graph of what an agent was told, kept for one case, with the tools and names of the reference server of MCP. */
export const memoryPlugin = builtInPlugin('memory', () => {
  const graph: Graph = { entities: [], relations: [] }
  const find = (name: string) => graph.entities.find((entity) => entity.name === name)
  const shown = (entities: Graph['entities']): string => {
    const names = new Set(entities.map(({ name }) => name))
    const relations = graph.relations.filter(({ from, to }) => names.has(from) || names.has(to))
    return JSON.stringify({ entities, relations })
  }
  const observed = (name: string) => {
    const entity = find(name)
    if (!entity) throw new Error(`there is no entity ${name}`)
    return entity.observations
  }
  return [
    builtInTool(
      { name: 'create_entities', description: 'Keeps new entities.', args: z.object({ entities: Entities }) },
      ({ entities }) => {
        const fresh = entities.filter(({ name }) => !find(name))
        graph.entities.push(...fresh)
        return JSON.stringify(fresh)
      },
    ),
    builtInTool(
      {
        name: 'create_relations',
        description: 'Keeps relations between entities.',
        args: z.object({ relations: Relations }),
      },
      ({ relations }) => {
        const fresh = relations.filter((relation) => !graph.relations.some((one) => isSame(one, relation)))
        graph.relations.push(...fresh)
        return JSON.stringify(fresh)
      },
    ),
    builtInTool(
      {
        name: 'add_observations',
        description: 'Adds what is known of entities.',
        args: z.object({
          observations: z.array(z.object({ entityName: z.string(), contents: z.array(z.string()) })).min(1),
        }),
      },
      ({ observations }) => {
        const added = observations.map(({ entityName, contents }) => {
          const known = observed(entityName)
          const fresh = contents.filter((content) => !known.includes(content))
          known.push(...fresh)
          return { entityName, addedObservations: fresh }
        })
        return JSON.stringify(added)
      },
    ),
    builtInTool(
      {
        name: 'delete_entities',
        description: 'Forgets entities and their relations.',
        args: z.object({ entityNames: Names }),
      },
      ({ entityNames }) => {
        const gone = new Set(entityNames)
        graph.entities = graph.entities.filter(({ name }) => !gone.has(name))
        graph.relations = graph.relations.filter(({ from, to }) => !gone.has(from) && !gone.has(to))
        return 'Forgotten.'
      },
    ),
    builtInTool(
      {
        name: 'delete_observations',
        description: 'Forgets what is known of entities.',
        args: z.object({
          deletions: z.array(z.object({ entityName: z.string(), observations: z.array(z.string()) })).min(1),
        }),
      },
      ({ deletions }) => {
        for (const { entityName, observations } of deletions) {
          const entity = find(entityName)
          if (entity) entity.observations = entity.observations.filter((one) => !observations.includes(one))
        }
        return 'Forgotten.'
      },
    ),
    builtInTool(
      { name: 'delete_relations', description: 'Forgets relations.', args: z.object({ relations: Relations }) },
      ({ relations }) => {
        graph.relations = graph.relations.filter((one) => !relations.some((gone) => isSame(one, gone)))
        return 'Forgotten.'
      },
    ),
    builtInTool({ name: 'read_graph', description: 'Everything that is kept.', args: z.object({}) }, () =>
      JSON.stringify(graph),
    ),
    builtInTool(
      {
        name: 'search_nodes',
        description: 'Entities with a text in name, type or observations.',
        args: z.object({ query: z.string() }),
      },
      ({ query }) => {
        const wanted = query.toLowerCase()
        const isFound = ({ name, entityType, observations }: z.infer<typeof Entity>) =>
          [name, entityType, ...observations].some((text) => text.toLowerCase().includes(wanted))
        return shown(graph.entities.filter(isFound))
      },
    ),
    builtInTool(
      { name: 'open_nodes', description: 'Entities by their names.', args: z.object({ names: Names }) },
      ({ names }) => shown(graph.entities.filter(({ name }) => names.includes(name))),
    ),
  ]
})

const isSame = (one: z.infer<typeof Relation>, other: z.infer<typeof Relation>): boolean =>
  one.from === other.from && one.to === other.to && one.relationType === other.relationType
