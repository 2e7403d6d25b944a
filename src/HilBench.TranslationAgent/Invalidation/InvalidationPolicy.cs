
namespace HilBench.TranslationAgent;

/// <summary>How an invalidated range becomes Invalidate Requests.</summary>
public enum InvalidationPolicy
{
    /// <summary>Each 4096 bytes on its own; ranges above <see cref="BlockSplitter.PagewiseBytesMax"/> as <see cref="Exact"/>.</summary>
    Page = 0,

    /// <summary>The fewest naturally aligned power-of-two blocks.</summary>
    Exact,

    /// <summary>The smallest single aligned block that covers the range, as SMMUv3's driver does (arm_smmu_atc_inv_to_cmd).</summary>
    Cover,

    /// <summary>One request for the whole address space of the PASID.</summary>
    Global,
}
