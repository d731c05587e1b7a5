using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Sidecar.Deploy.Tests;

/// <summary>As much of Kubernetes' API as helm asks for when it looks one object up, and has it render for an upgrade.</summary>
internal sealed class ClusterApi : IAsyncDisposable
{
    private static readonly (string Group, string[] Kinds)[] Known =
    [
        ("v1", ["Secret", "Service", "ServiceAccount", "ConfigMap"]),
        ("apps/v1", ["Deployment"]),
        ("policy/v1", ["PodDisruptionBudget"]),
    ];

    private readonly HttpListener _listener;
    private readonly Dictionary<string, JsonNode> _answers = new(StringComparer.Ordinal);
    private readonly Task _loop;

    /// <summary>Starts it.</summary>
    /// <param name="objects">Paths of the objects that there are, and the objects.</param>
    public ClusterApi(params ReadOnlySpan<(string Path, JsonNode Content)> objects)
    {
        _answers["/version"] = new JsonObject { ["major"] = "1", ["minor"] = "30", ["gitVersion"] = "v1.30.0" };
        _answers["/api"] = new JsonObject { ["kind"] = "APIVersions", ["versions"] = new JsonArray("v1") };
        _answers["/apis"] = new JsonObject
        {
            ["kind"] = "APIGroupList",
            ["groups"] = new JsonArray([.. Known.Where(it => it.Group.Contains('/')).Select(it => new JsonObject
            {
                ["name"] = it.Group.Split('/')[0],
                ["versions"] = new JsonArray(new JsonObject { ["groupVersion"] = it.Group, ["version"] = it.Group.Split('/')[1] }),
            })]),
        };
        foreach (var (group, kinds) in Known)
        {
            _answers[(group.Contains('/') ? "/apis/" : "/api/") + group] = new JsonObject
            {
                ["kind"] = "APIResourceList",
                ["groupVersion"] = group,
                ["resources"] = new JsonArray([.. kinds.Select(kind => new JsonObject
                {
                    ["name"] = kind.ToLowerInvariant() + "s",
                    ["singularName"] = "",
                    ["namespaced"] = true,
                    ["kind"] = kind,
                    ["verbs"] = new JsonArray("get"),
                })]),
            };
        }
        foreach (var (path, content) in objects)
            _answers[path] = content;
        (_listener, Address) = Listen();
        _loop = Task.Run(AnswerAllAsync);
    }

    /// <summary>Where it is.</summary>
    public string Address { get; }

    /// <summary>What a client needs to ask it.</summary>
    public string KubeConfig => $$$"""
        {"apiVersion": "v1", "kind": "Config", "current-context": "it",
         "clusters": [{"name": "it", "cluster": {"server": "{{{Address}}}"}}], "users": [{"name": "it", "user": {}}],
         "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}]}
        """;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _loop;
    }

    // The listener takes no port 0: another one may be faster to take a free one.
    private static (HttpListener Listener, string Address) Listen()
    {
        for (var trial = 0; ; trial++)
        {
            using var probe = new TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            var address = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/";
            probe.Stop();
            var listener = new HttpListener();
            listener.Prefixes.Add(address);
            try
            {
                listener.Start();
                return (listener, address);
            }
            catch (HttpListenerException) when (trial < 5)
            {
                listener.Close();
            }
        }
    }

    private async Task AnswerAllAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            var answer = _answers.GetValueOrDefault(context.Request.Url!.AbsolutePath);
            context.Response.StatusCode = answer is null ? 404 : 200;
            context.Response.ContentType = "application/json";
            answer ??= new JsonObject { ["kind"] = "Status", ["apiVersion"] = "v1", ["status"] = "Failure", ["reason"] = "NotFound", ["code"] = 404 };
            await context.Response.OutputStream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(answer.ToJsonString()));
            context.Response.Close();
        }
    }
}
