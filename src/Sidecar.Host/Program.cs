using Sidecar.Host;
using Sidecar.Host.Configuration;
using Sidecar.Host.Shutdown;

// Before anything else: until then a signal ends the process as if it had crashed.
using var signals = EndSignals.Listen();
var reader = new SettingsReader(Environment.GetEnvironmentVariable, File.ReadAllText);
var options = SidecarOptions.Read(reader, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
return await SidecarApp.RunAsync(options, reader.Faults, signals);
