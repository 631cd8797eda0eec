import { Button, TextInput } from '@mantine/core'
import type { RequestDetail } from '@assay/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { client } from '../app/server.ts'
import { Command } from '../display/command.tsx'
import { Problem } from '../panel/problem.tsx'
import { words } from '../words.ts'
import classes from './request-drawer.module.css'

/** A case out of a request: as a file to copy, or as a regression test that guards from now on. */
export const RequestCase = ({ request }: { request: RequestDetail }) => {
  const [name, setName] = useState('')
  const queryClient = useQueryClient()
  const make = useMutation({
    mutationFn: (save: boolean) => {
      const wanted = name.trim()
      const body = wanted === '' ? { save } : { save, name: wanted }
      return client.makeTestCase({ params: { id: request.id }, body })
    },
    onSuccess: ({ test }) => {
      if (test !== null) void queryClient.invalidateQueries({ queryKey: ['tests'] })
    },
  })
  const made = make.data
  return (
    <>
      <form
        className={classes['form']}
        onSubmit={(event) => {
          event.preventDefault()
          make.mutate(false)
        }}
      >
        <TextInput
          size="xs"
          label={words.makeCase.name}
          placeholder={words.makeCase.named}
          value={name}
          maxLength={80}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
        />
        <Button type="submit" size="xs" variant="default" loading={make.isPending && !make.variables}>
          {words.makeCase.make}
        </Button>
        <Button
          size="xs"
          loading={make.isPending && make.variables}
          disabled={made?.test !== undefined && made.test !== null}
          onClick={() => make.mutate(true)}
        >
          {words.makeCase.keep}
        </Button>
      </form>
      <p className={classes['note']}>{words.makeCase.what}</p>
      {make.error !== null && <Problem error={make.error} title={words.makeCase.failed} />}
      <output className={classes['made']}>
        {made && (
          <>
            {made.test && (
              <p>
                {words.makeCase.kept}{' '}
                <Link from="/w/$workspace" to="/w/$workspace/regression-tests/$id" params={{ id: made.test.id }}>
                  {made.test.name}
                </Link>
              </p>
            )}
            <Command text={made.yaml} />
            <p className={classes['note']}>
              {words.makeCase.use(`npx assay requests test-case ${request.id} --to assay.yaml`)}
            </p>
          </>
        )}
      </output>
    </>
  )
}
