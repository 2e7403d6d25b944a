namespace HilBench.Scenarios;

/// <summary>Delegates never change; what they are bound to may.</summary>
internal sealed class DelegateShape : HeapShape
{
    public override bool IsMutable => false;

    public override bool IsSame(object target, object shadow) => true;

    public override void Copy(object shadow, object target)
    {
        // Nothing of a delegate changes.
    }

    public override void Visit(object target, IHeapVisitor visitor)
    {
        foreach (var single in Delegate.EnumerateInvocationList((Delegate)target))
        {
            visitor.Visit(single.Target);
        }
    }

    public override void Hash(object target, HeapHasher hasher)
    {
        foreach (var single in Delegate.EnumerateInvocationList((Delegate)target))
        {
            hasher.Add((ulong)single.Method.MetadataToken);
            hasher.AddReference(single.Target);
        }
    }
}
