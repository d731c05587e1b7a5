using Sidecar.Host;
using Sidecar.Host.Configuration;

var reader = new SettingsReader(Environment.GetEnvironmentVariable, File.ReadAllText);
var options = SidecarOptions.Read(reader, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
return await SidecarApp.RunAsync(options, reader.Faults);
