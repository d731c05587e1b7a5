using Sidecar.Host;
using Sidecar.Host.CommandLine;
using Sidecar.Host.Configuration;
using Sidecar.Host.Runtime;
using Sidecar.Host.Shutdown;

if (CommandLineFront.Answer(args, Environment.GetEnvironmentVariable, Console.Out, Console.Error) is { } exitCode)
    return exitCode;

ServerCollector.TurnOnWhereItHelps();

// Before anything else: until then a signal ends the process as if it had crashed.
using var signals = EndSignals.Listen();
var reader = new SettingsReader(Environment.GetEnvironmentVariable, SettingFile.Read);
var options = SidecarOptions.Read(reader, AvailableMemory.Find());
return await SidecarApp.RunAsync(options, reader.Faults, signals);
