const nothing = (): void => {};

/** Without it, some of the SDK's warnings go to the console; what went wrong is thrown anyway, and stderr is the operator's. */
export const silent = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };
