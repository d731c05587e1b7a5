using Xunit;

namespace Sidecar.Interop.Tests;

/// <summary>Every client gets what every case expects: one spec a cell of the table.</summary>
[Collection(InteropCollection.Name)]
public sealed class InteropSpecs(InteropRun run)
{
    [ClientTheory("node"), CasesOf("node")]
    public Task Grpc_js_gets(string what) => run.CheckAsync("node", what);

    [ClientTheory("python"), CasesOf("python")]
    public Task Python_gets(string what) => run.CheckAsync("python", what);

    [ClientTheory("ruby"), CasesOf("ruby")]
    public Task Ruby_gets(string what) => run.CheckAsync("ruby", what);

    [ClientTheory("dotnet"), CasesOf("dotnet")]
    public Task Grpc_Net_Client_gets(string what) => run.CheckAsync("dotnet", what);

    [ClientTheory("curl"), CasesOf("curl")]
    public Task Curl_gets(string what) => run.CheckAsync("curl", what);
}
