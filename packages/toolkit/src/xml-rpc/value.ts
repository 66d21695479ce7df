/** What a call or an answer can hold. `i8` is a `bigint`, `int` and `double` are numbers, `nil` is null; a struct is a `Map`, so no name of a member can harm. */
export type Value =
  | string
  | number
  | bigint
  | boolean
  | null
  | Uint8Array
  | DateTime
  | readonly Value[]
  | ReadonlyMap<string, Value>;

/** `dateTime.iso8601`: year to second, without a time zone, as XML-RPC has it. */
export class DateTime {
  /** @param text `YYYYMMDDThh:mm:ss` */
  constructor(readonly text: string) {}
}
