import type { JobView } from '../model/jobs.js';
import { Form } from './form.js';
import { When } from './when.js';
import { Words } from './words.js';

interface JobsProps {
  readonly jobs: readonly JobView[];
  /** Address of the storage's page. */
  readonly href: string;
  readonly csrf: string;
}

/** Running jobs: how far they are, and how to stop them. */
export function RunningJobs({ jobs, href, csrf }: JobsProps) {
  return (
    <ul class="jobs">
      {jobs.map((job) => (
        <li class="job" id={`job-${job.id}`} data-job={job.id} data-title={job.title} key={job.id}>
          <p class="job-head">
            <b>{job.title}</b>
            <span class="quiet">
              {' '}
              begun <When moment={job.started} /> by {job.by}
            </span>
          </p>
          <Progress job={job} />
          {job.canCancel ? (
            <Form action={`${href}/jobs/${encodeURIComponent(job.id)}/cancel`} csrf={csrf} class="job-cancel">
              <button
                type="submit"
                class="button"
                id={`cancel-${job.id}`}
                aria-label={`Cancel: ${job.title}`}
              >
                Cancel
              </button>
            </Form>
          ) : null}
        </li>
      ))}
    </ul>
  );
}

function Progress({ job }: { readonly job: JobView }) {
  if (job.progress === undefined) return null;
  const { words, bar } = job.progress;
  return (
    <div class="job-progress">
      <progress
        aria-label={`${job.title}: progress`}
        {...(bar === undefined ? {} : { value: bar.value, max: bar.max })}
      >
        {words}
      </progress>
      <span class="figures">{words}</span>
    </div>
  );
}

/** What became of the last jobs. */
export function EndedJobs({ jobs }: { readonly jobs: readonly JobView[] }) {
  if (jobs.length === 0) return null;
  return (
    <>
      <h3>Last jobs</h3>
      <ul class="jobs">
        {jobs.map((job) => (
          <li class={`job job-${job.state}`} id={`job-${job.id}`} key={job.id}>
            <p class="job-head">
              <b>{job.title}</b> <span class={`mark-word mark-${job.state}`}>{job.stateWord}</span>
              <span class="quiet">
                {' '}
                <When moment={job.finished ?? job.started} />
                {job.took === undefined ? '' : `, took ${job.took}`}, by {job.by}
              </span>
            </p>
            {job.message === undefined ? null : (
              <p class="job-message">
                <Words text={job.message} />
              </p>
            )}
            {job.hint === undefined ? null : (
              <p class="job-message quiet">
                <Words text={job.hint} />
              </p>
            )}
            {job.warnings.map((warning) => (
              <p class="job-message" key={warning}>
                <b>Warning:</b> <Words text={warning} />
              </p>
            ))}
            {job.lines.length === 0 ? null : (
              <details id={`lines-${job.id}`}>
                <summary aria-label={`${job.title}: what it said`}>What it said</summary>
                <pre class="code">{job.lines.join('\n')}</pre>
              </details>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}
