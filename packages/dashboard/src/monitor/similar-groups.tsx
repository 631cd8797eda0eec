import type { FailureGroup } from '@assay/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { client } from '../app/server.ts'
import { Empty, Panel } from '../panel/panel.tsx'
import { ConfirmButton } from '../vault/confirm-button.tsx'
import { useGroupChange } from './group-change.ts'
import { groupQueries } from './group-queries.ts'
import { groupWords } from './group-words.ts'
import classes from './groups.module.css'

const text = groupWords.similar
const route = getRouteApi('/w/$workspace/failures/$id')

/** Groups that may be the same failure, each with the way to make them one. */
export const SimilarGroups = ({ group }: { group: FailureGroup }) => {
  const query = useQuery(groupQueries.similar(group.id))
  const navigate = route.useNavigate()
  const merge = useGroupChange({
    change: (into: string) => client.mergeFailureGroup({ params: { id: group.id }, body: { into } }),
    said: (merged) => text.merged(merged.group.title),
    onDone: ({ group: into }) =>
      void navigate({ to: '/w/$workspace/failures/$id', params: (before) => ({ ...before, id: into.id }) }),
  })
  return (
    <Panel
      title={text.title}
      query={query}
      what={text.what}
      rows={2}
      isEmpty={({ items }) => items.length === 0}
      empty={<Empty text={text.none} />}
    >
      {({ items }) => (
        <ul className={classes['rows']}>
          {items.map(({ group: other, similarity }) => (
            <li key={other.id}>
              <Link
                from="/w/$workspace/failures/$id"
                to="/w/$workspace/failures/$id"
                params={(before) => ({ ...before, id: other.id })}
                search={(before) => before}
              >
                {other.title}
              </Link>
              <p>
                <span>{text.alike(similarity)}</span>
                <span>{groupWords.changes.occurrences(other.occurrences)}</span>
              </p>
              <ConfirmButton
                about={text.mergeAbout(other.title)}
                isWorking={merge.isPending && merge.variables === other.id}
                onConfirm={() => merge.mutate(other.id)}
              >
                {text.merge}
              </ConfirmButton>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}
