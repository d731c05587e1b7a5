using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http.Features;

namespace Sidecar.Host;

/// <summary>
/// A call's features by their types. The context's own ways to them begin anew in each call, and find out first which type it is that they
/// look for: together that takes longer than a question's answer.
/// </summary>
internal static class QuickFeatures
{
    /// <summary>One that each server has.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Of<T>(this IFeatureCollection features)
        // What is there under a type is of it: a check would go through the long list of all that the server's object is.
        where T : class => Unsafe.As<T>(features[typeof(T)]) ?? throw new InvalidOperationException($"the server has no {typeof(T)}");
}
