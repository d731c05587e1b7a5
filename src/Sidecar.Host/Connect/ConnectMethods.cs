using System.Collections.Frozen;
using Google.Protobuf;
using Grpc.Core;

namespace Sidecar.Host.Connect;

/// <summary>The service's methods by their paths, as the generated code binds them for gRPC: both ways in call the same ones.</summary>
internal sealed class ConnectMethods
{
    private readonly FrozenDictionary<string, ConnectMethod> _byPath;

    /// <summary>Takes a service's methods.</summary>
    public ConnectMethods(Facade.SidecarService service)
    {
        var binder = new Binder();
        Stigg.Sidecar.V1.SidecarService.BindService(binder, service);
        _byPath = binder.Methods.ToFrozenDictionary(method => ConnectMethod.PathOf(method.Descriptor), StringComparer.Ordinal);
    }

    /// <summary>The method at a path, or null.</summary>
    public ConnectMethod? Find(string path) => _byPath.GetValueOrDefault(path);

    private sealed class Binder : ServiceBinderBase
    {
        public List<ConnectMethod> Methods { get; } = [];

        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler)
        {
            ArgumentNullException.ThrowIfNull(handler);
            Methods.Add(new ConnectMethod(
                Stigg.Sidecar.V1.SidecarService.Descriptor.FindMethodByName(method.Name),
                async (request, context) => (IMessage)await handler((TRequest)request, context)));
        }
    }
}
