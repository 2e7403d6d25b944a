using HilBench.Memory;

namespace HilBench.Clients;

/// <summary>
/// The kernel's own alias of user pages, as vhost had it for its metadata: counted as in
/// <see cref="RangeCountClient"/>.
/// Its "device" is the kernel thread that uses the alias; while a range is active it waits.
/// </summary>
/// <remarks>Models <c>vhost_invalidate_vq_start</c> and <c>_end</c>, which lived only between 5.2 and 5.4-rc.</remarks>
public sealed class AliasClient(AddressSpace space, AccessOracle oracle, ClientOptions options)
    : RangeCountClient(space, oracle, options);
