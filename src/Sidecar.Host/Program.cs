using Sidecar.Host.CommandLine;

// Nothing more: what a command needs is loaded when it runs, so that a short one, such as a health check, is as quick as it can be.
return await CommandLineFront.RunAsync(args, CommandContext.OfProcess());
