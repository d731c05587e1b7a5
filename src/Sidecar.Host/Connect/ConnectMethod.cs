using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;

namespace Sidecar.Host.Connect;

/// <summary>One method of the service, without its types.</summary>
/// <param name="Descriptor">What the proto file says of it.</param>
/// <param name="CallAsync">Calls it.</param>
internal sealed record ConnectMethod(MethodDescriptor Descriptor, Func<IMessage, ServerCallContext, Task<IMessage>> CallAsync)
{
    /// <summary>The path of a method.</summary>
    public static string PathOf(MethodDescriptor method) => $"/{method.Service.FullName}/{method.Name}";
}
