import frame from '@/shared/ui/Detail.module.css';
import own from './RuleDetail.module.css';

/** The look of every detail, and what only rules have. */
export default { ...frame, ...own };
