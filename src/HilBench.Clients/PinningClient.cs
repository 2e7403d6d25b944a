using HilBench.Memory;

namespace HilBench.Clients;

/// <summary>
/// A start-only client that holds a reference to every page that it has mapped, as user-space DMA caches do: safe
/// against a page that is freed, whatever its retry is worth.
/// </summary>
/// <remarks>Models <c>hfi1_mmu_rb_insert</c> and <c>mmu_notifier_range_start</c> of <c>hfi1/mmu_rb.c</c>.</remarks>
public sealed class PinningClient(AddressSpace space, AccessOracle oracle, ClientOptions options)
    : StartOnlyClient(space, oracle, options)
{
    /// <inheritdoc/>
    protected override bool TakesReferences => true;
}
