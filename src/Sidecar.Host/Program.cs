using Sidecar.Host;
using Sidecar.Host.CommandLine;
using Sidecar.Host.Configuration;

if (CommandLineFront.Answer(args, Environment.GetEnvironmentVariable, Console.Out, Console.Error) is { } exitCode)
    return exitCode;

var reader = new SettingsReader(Environment.GetEnvironmentVariable, SettingFile.Read);
var options = SidecarOptions.Read(reader, AvailableMemory.Find());
return await SidecarApp.RunAsync(options, reader.Faults);
